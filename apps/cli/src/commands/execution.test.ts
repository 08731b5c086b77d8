import { describe, expect, it } from "vitest";
import { widthOf } from "../width.ts";
import { executionTable } from "./execution.ts";

const ID = "01a1ffd9-489b-7000-b3bc-9e1cff35eb22";
const ROW = [ID, "deploy", "interrupted", "2030-01-31 08:00:00Z", "2.0 s", "Step a failed: no"];

describe("executionTable", () => {
  it("is a line for each execution where there is room", () => {
    const [line, ...more] = executionTable([ROW], 120);
    expect(line).toContain(`${ID}  deploy  interrupted  2030-01-31`);
    expect(more).toEqual([]);
  });

  it.each([40, 60, 75])("keeps the whole id, and says how it stands, in %d columns", (columns) => {
    const lines = executionTable([ROW, ROW], columns);
    expect(lines).toHaveLength(4);
    expect(lines[0]).toBe(`  ${ID}`);
    expect(lines[1]).toMatch(/^ {4}interrupted {2}deploy {2}2\.0 s/);
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
  });

  it("is empty without executions", () => {
    expect(executionTable([], 40)).toEqual([]);
  });
});
