import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pathProblems } from "./existing-path.ts";
import { declarationProblem } from "./parameter-declaration.ts";
import { bindParameters } from "./parameters.ts";

describe("a path that is written out whole", () => {
  it("is named once", () => {
    const [problem] = pathProblems("/nowhere/at/all", { type: "string", format: "existing-file" });
    expect(problem?.message).toBe('must be an existing file, was "/nowhere/at/all" (does not exist)');
  });
});

describe("a parameter that names a path", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "orch-path-"));
    mkdirSync(join(folder, "dir"));
    writeFileSync(join(folder, "file"), "x");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ["existing-directory", "dir", null],
    ["existing-directory", "file", "must be an existing directory, was"],
    ["existing-directory", "gone", "does not exist"],
    ["existing-file", "file", null],
    ["existing-file", "dir", "is a directory"],
    ["existing-path", "dir", null],
    ["existing-path", "file", null],
    ["existing-path", "gone", "must be an existing file or directory"],
    ["existing-path", "file/below", "does not exist"],
    ["uri-reference", "gone", null],
  ])("with %s: %s", (format, name, message) => {
    const problems = pathProblems(join(folder, name), { type: "string", format });
    if (message === null) expect(problems).toEqual([]);
    else expect(problems).toEqual([{ path: "", message: expect.stringContaining(message) }]);
  });

  it("may be one of a list, and is looked for from the current directory", () => {
    const declaration = { type: "array" as const, items: { type: "string", format: "existing-path" } };
    expect(pathProblems([".", "no such thing", 5, null], declaration)).toEqual([
      { path: "1", message: expect.stringContaining(join(process.cwd(), "no such thing")) },
    ]);
  });

  it("is looked at when a run begins, with its default, and not before", () => {
    const declared = {
      at: { type: "string" as const, format: "existing-directory", default: "no such thing" },
    };
    expect(declarationProblem(declared.at)).toBeNull();
    expect(() => bindParameters("w", declared, {})).toThrow(
      expect.objectContaining({
        code: "INVALID_PARAMETERS",
        message: expect.stringContaining('at must be an existing directory, was "no such thing"'),
      }),
    );
    expect(bindParameters("w", declared, { at: folder }).parameters).toEqual({ at: folder });
    expect(() => bindParameters("w", declared, { at: 5 })).toThrow(/must be of type string/);
  });

  it("has a format that there is", () => {
    expect(declarationProblem({ type: "string", format: "existing-dir" })).toContain("existing-directory");
  });
});
