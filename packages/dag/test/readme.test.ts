import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { expect, it } from "vitest";
import * as dag from "../src/index.ts";

/** The values in the comments behind the calls of console.log. */
const expected = (code: string) =>
  Array.from(
    code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm),
    ([, comment]) => JSON.parse(`[${comment}]`) as unknown,
  );

it("prints what the README says it prints", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const [, code = ""] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  const printed: unknown[] = [];
  const body = stripTypeScriptTypes(code).replace(
    /^import (\{.*\}) from "@orch\/dag";/,
    "const $1 = $package;",
  );
  new Function("$package", "console", body)(dag, { log: (...values: unknown[]) => printed.push(values) });
  expect(printed).toEqual(expected(code));
  expect(printed).toHaveLength(code.split("console.log(").length - 1);
});
