import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { baseDirectory } from "./base-directory.ts";

it("is what is given, else ORCH_DIR, else its older name, else the current directory (CFG-02)", () => {
  const both = { ORCH_DIR: "/b", CODOMYRMEX_ORCHESTRATION_DIR: "/a" };
  expect(baseDirectory("data", both)).toBe(join(process.cwd(), "data"));
  expect(baseDirectory(undefined, both)).toBe(resolve("/b"));
  expect(baseDirectory(undefined, { ...both, ORCH_DIR: "" })).toBe(resolve("/a"));
  expect(baseDirectory(undefined, {})).toBe(process.cwd());
});
