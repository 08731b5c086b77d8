import { MAX_JSON_DEPTH } from "@orch/core";
import { describe, expect, it } from "vitest";
import { definitionOrThrow, readDefinitionText } from "./definition-files.ts";
import { readJsonText } from "./definition-text.ts";
import { readYamlText } from "./yaml-text.ts";

const lists = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
const objects = (levels: number): string => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
const TOO_DEEP = `is nested too deeply: more than ${MAX_JSON_DEPTH} levels`;

describe("the depth of a definition's JSON text", () => {
  it.each([
    ["lists", lists],
    ["objects", objects],
  ])("may be the limit and not one more, of %s", (_, nested) => {
    const text = nested(MAX_JSON_DEPTH);
    const { value, problems } = readJsonText(text);
    expect(problems).toEqual([]);
    expect(value).toEqual(JSON.parse(text));
    const deeper = readJsonText(nested(MAX_JSON_DEPTH + 1));
    expect(deeper.value).toBeUndefined();
    expect(deeper.problems.map(({ message }) => message)).toEqual([expect.stringContaining(TOO_DEEP)]);
  });

  // The definition itself is a level: of those on the second line, the one numbered as the limit is too deep.
  it.each([
    ["lists", lists, '"steps":'.length + MAX_JSON_DEPTH],
    ["objects", objects, '"steps":'.length + 5 * (MAX_JSON_DEPTH - 1) + 1],
  ])("is refused with its place where %s lie in each other without measure", (_, nested, column) => {
    const text = `{"name": "d",\n"steps":${nested(100_000)}}`;
    const loaded = readDefinitionText(text, "deep.json");
    expect(loaded.problems).toEqual([
      {
        code: "INVALID_TEXT",
        path: "",
        message: `${TOO_DEEP} (line 2, column ${column})`,
        line: 2,
        column,
      },
    ]);
    expect(() => definitionOrThrow(loaded)).toThrow(
      expect.objectContaining({ code: "WORKFLOW_DEFINITION_INVALID" }),
    );
  });

  it("does not count brackets in strings and keys", () => {
    const many = '[{"\\'.repeat(MAX_JSON_DEPTH + 1);
    const value = { name: many, [many]: [many] };
    expect(readJsonText(JSON.stringify(value))).toMatchObject({ value, problems: [] });
  });

  it("counts what lies in each other, not what lies side by side", () => {
    const text = JSON.stringify(Array.from({ length: 1000 }, () => [{}]));
    expect(readJsonText(text).problems).toEqual([]);
  });

  it("is for YAML still that of its value", () => {
    expect(readYamlText(lists(MAX_JSON_DEPTH)).problems).toEqual([]);
    const [problem] = readYamlText(lists(MAX_JSON_DEPTH + 1)).problems;
    expect(problem?.message).toContain(
      `is more than ${MAX_JSON_DEPTH} levels, which a definition cannot hold`,
    );
  });
});
