import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parsePolicy } from "../src/policy.ts";
import { TOOLS } from "../src/tool-table.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

it("names every tool in the README, with its level", () => {
  for (const { name } of TOOLS) expect(readme, name).toContain(`\`${name}\``);
});

it("shows a policy that can be read", () => {
  const [, text = ""] = /```json\n([\s\S]*?)```/.exec(readme) ?? [];
  expect(parsePolicy(text, "README.md")).toMatchObject({
    level: "author",
    limits: { at_once: 4, burst: 100 },
  });
});
