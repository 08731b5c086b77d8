import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readDefinitionFile, readDefinitionText } from "./definition-files.ts";

const directory = mkdtempSync(join(tmpdir(), "orch-files-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("a definition's text", () => {
  it("takes the name of its file where it has none", () => {
    const steps = '[{"name": "s", "module": "m", "action": "a"}]';
    expect(readDefinitionText(`{"steps": ${steps}}`, "/some/deploy.json").compiled?.workflow.name).toBe(
      "deploy",
    );
    expect(
      readDefinitionText(`{"name": "other", "steps": ${steps}}`, "/some/deploy.json").compiled?.workflow.name,
    ).toBe("other");
    expect(readDefinitionText(`steps: ${steps}`, "deploy.yml").compiled?.workflow.name).toBe("deploy");
  });

  it.each([
    ["", "Unexpected end of JSON input (line 1, column 1)"],
    ['{\n  "a": 1,\n}', "Expected double-quoted property name (line 3, column 1)"],
    ['{"a": }', "Unexpected token '}' (line 1, column 7)"],
    ['{\n"name": "x }",\n "steps": [ { "name": } ]\n}', "Unexpected token '}' (line 3, column 23)"],
    ['{"a": "x', "Unterminated string (line 1, column 9)"],
    ["nope", "Unexpected token 'o' (line 1, column 2)"],
    ["// no\n{}", "Unexpected token '/' (line 1, column 1)"],
  ])("says where %j is not JSON", (text, message) => {
    expect(readDefinitionText(text, "w.json").problems).toMatchObject([
      { code: "INVALID_TEXT", path: "", message: `is not JSON: ${message}` },
    ]);
  });

  it.each([
    [
      "w.json",
      '{\n "steps": [\n  {"name": "s", "module": "m",\n   "action": "a", "action": "b"}]}',
      "steps[0]",
      "(line 4, column 19)",
    ],
    ["w.json", '{"a": {"b": 1}, "b": 2, "a": 3}', "", "(line 1, column 25)"],
    ["w.yaml", "steps:\n  - name: s\n    name: t\n", "", "(line 3, column 5)"],
  ])("refuses a key that stands twice in %s", (file, text, path, place) => {
    const found = readDefinitionText(text, file).problems;
    const [problem, ...rest] = found.filter(({ code }) => code === "DUPLICATE_KEY");
    expect(rest).toEqual([]);
    expect(problem?.path).toBe(path);
    expect(problem?.message).toContain(place);
  });

  it.each([
    [
      "w.json",
      '{"name": "w", "steps": [\n  {"name": "s", "module": "m", "action": "a",\n   "dependencies": ["s",\n    "ghost"]}]}',
      [
        [3, 21],
        [4, 5],
      ],
    ],
    [
      "w.yaml",
      "name: w\nsteps:\n  - name: s\n    module: m\n    action: a\n    depends_on: [x]\n    dependencies:\n      - s\n      - ghost\n",
      [],
    ],
  ])("gives problems in %s their line and column", (file, text, places) => {
    const { problems } = readDefinitionText(text, file);
    if (file === "w.json") {
      expect(problems.map(({ message }) => message.slice(message.lastIndexOf("(")))).toEqual(
        places.map(([line, column]) => `(line ${line}, column ${column})`),
      );
    } else
      expect(problems).toMatchObject([
        {
          path: "steps[0].dependencies",
          message: expect.stringMatching(/another name for it \(line 8, column 7\)$/),
        },
        { path: "steps[0].dependencies[0]", line: 8, column: 9 },
        { path: "steps[0].dependencies[1]", line: 9, column: 9 },
        { path: "steps[0].depends_on[0]", line: 6, column: 18 },
      ]);
  });

  it("gives a missing field the place of what lacks it", () => {
    expect(
      readDefinitionText('{"name": "w",\n "steps": [\n {"name": "s"}]}', "w.json").problems,
    ).toMatchObject([
      { path: "steps[0].module", message: expect.stringMatching(/\(line 3, column 2\)$/) },
      { path: "steps[0].action", message: expect.stringMatching(/\(line 3, column 2\)$/) },
    ]);
  });

  it("has all its problems at once: of the text, of its fields, and of how the steps go together", () => {
    const text = `{
  "name": "a b", "name": "w w",
  "timeout": 1e999,
  "steps": [
    {"name": "s", "module": "", "action": "a", "dependencies": ["gost"]},
    {"name": "ghost", "module": "m", "action": "a", "max_retries": 99, "run_if": "a and b"},
    {"name": "ghost", "module": "m", "action": "a", "parameters": {"x": "{{s.output}}"}}
  ]
}`;
    const found = readDefinitionText(text, "w.json").problems;
    expect(found.map(({ code, path, line }) => [code, path, line])).toEqual([
      ["DUPLICATE_KEY", "", 2],
      ["INVALID_FIELD", "timeout", 3],
      ["INVALID_FIELD", "name", 2],
      ["INVALID_FIELD", "steps[0].module", 5],
      ["INVALID_FIELD", "steps[1].max_retries", 6],
      ["INVALID_CONDITION", "steps[1].run_if", 6],
      ["DUPLICATE_STEP", "steps[2].name", 7],
      ["UNKNOWN_DEPENDENCY", "steps[0].dependencies[0]", 5],
    ]);
  });

  it.each([
    [
      "more aliases than anybody writes",
      `a: &a [x, x, x, x, x, x, x, x, x]\n${["b", "c", "d", "e", "f"].map((name, at) => `${name}: &${name} [${Array(9).fill(`*${"abcdef"[at]}`).join(", ")}]`).join("\n")}\n`,
      "alias",
    ],
    ["a value that holds itself", "name: w\nsteps: &s [*s]\n", "cycle"],
    ["an alias of nothing", "name: *gone\n", "gone"],
    ["numbers that JSON lacks", "name: w\nsteps: []\ntimeout: .inf\n", "Infinity"],
    ["several documents", "name: a\n---\nname: b\n", "document"],
    ["tabs as indent", "name: w\nsteps:\n\t- name: s\n", "line 3, column 1"],
    ["nothing at all", "", "is empty"],
    ["a comment alone", "# later\n", "is empty"],
    ["a list", "- a\n", "must be an object"],
  ])("refuses YAML with %s", (_, text, message) => {
    const { compiled, problems } = readDefinitionText(text, "w.yaml");
    expect(compiled).toBeNull();
    expect(problems.map((problem) => problem.message).join("\n")).toContain(message);
  });

  it("refuses the key __proto__", () => {
    const { problems } = readDefinitionText('{"name": "w", "steps": [], "__proto__": {"a": 1}}', "w.json");
    expect(problems[0]?.message).toContain("__proto__");
  });

  it("reads the same from JSON and from YAML", () => {
    const json = readDefinitionText(
      '{"name": "w", "steps": [{"name": "s", "module": "m", "action": "a", "timeout": 1.5}]}',
      "w.json",
    );
    const yaml = readDefinitionText(
      "name: w\nsteps:\n  - name: s\n    module: m\n    action: a\n    timeout: 1.5\n",
      "w.yaml",
    );
    expect(yaml.compiled?.workflow).toEqual(json.compiled?.workflow);
    expect(yaml.compiled?.steps[0]?.timeoutMs).toBe(1500);
  });
});

describe("a definition file", () => {
  const fileOf = (name: string, bytes: Uint8Array | string): string => {
    writeFileSync(join(directory, name), bytes);
    return join(directory, name);
  };

  it("has a problem when it is no UTF-8 or too large, and cannot be read when it is no file or not there", () => {
    const huge = fileOf("huge.yaml", "");
    truncateSync(huge, 5 * 1024 * 1024);
    const latin = fileOf("latin.json", Uint8Array.of(0x7b, 0xe4, 0x7d));
    const problem = (message: string) => ({ compiled: null, problems: [{ code: "INVALID_TEXT", message }] });
    expect(readDefinitionFile(latin)).toMatchObject(problem("is not text in UTF-8"));
    expect(readDefinitionFile(huge)).toMatchObject(problem("has 5242880 bytes, more than 1048576"));
    const refused = (file: string) => expect(() => readDefinitionFile(file));
    refused(directory).toThrow(/it is no file/);
    refused(join(directory, "gone.json")).toThrow(expect.objectContaining({ code: "STORAGE_ERROR" }));
  });

  it("may begin with a byte order mark", () => {
    const file = fileOf("mark.json", '\ufeff{"steps": [{"name": "s", "module": "m", "action": "a"}]}');
    expect(readDefinitionFile(file).compiled?.workflow.name).toBe("mark");
  });
});
