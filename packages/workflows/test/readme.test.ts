import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import * as tasks from "@orch/tasks";
import { describe, expect, it } from "vitest";
import * as zod from "zod";
import * as workflows from "../src/index.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const blocks = (language: string): string[] =>
  Array.from(
    readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g")),
    ([, code = ""]) => code,
  );
/** The values in the comments behind the calls of console.log. */
const expected = (code: string) =>
  Array.from(
    code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm),
    ([, comment]) => JSON.parse(`[${comment}]`) as unknown,
  );

describe("the README", () => {
  it("has three examples", () => {
    expect(blocks("ts")).toHaveLength(3);
  });

  it.each(blocks("ts"))("prints what it says it prints: %#", async (code) => {
    const printed: unknown[] = [];
    const body = stripTypeScriptTypes(code).replaceAll(
      /^import (\{.*\}) from "(?:@orch\/)?(\w+)";/gm,
      "const $1 = packages.$2;",
    );
    const run = new Function("packages", "console", `return (async () => {${body}})();`) as (
      packages: object,
      console: object,
    ) => Promise<void>;
    await run({ tasks, workflows, zod }, { log: (...values: unknown[]) => printed.push(values) });
    expect(printed).toEqual(expected(code));
    expect(printed.length).toBeGreaterThan(1);
  });

  it("shows a definition that is valid", () => {
    const { compiled, problems } = workflows.readDefinitionText(blocks("yaml")[0] ?? "", "nightly.yaml");
    expect(problems).toEqual([]);
    expect(compiled?.steps.map((_, node) => compiled && workflows.dependenciesOf(compiled, node))).toEqual([
      [],
      ["check"],
    ]);
  });
});
