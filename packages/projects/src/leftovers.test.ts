import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@orch/core";
import { expect, it } from "vitest";
import { sandbox } from "../test/sandbox.ts";
import { removeLeftovers } from "./leftovers.ts";

const folder = sandbox();

it("removes what was left unfinished for more than an hour, and nothing else", () => {
  const directory = folder();
  for (const name of [".orch-new-1", ".orch-gone-2", ".git", "p"]) {
    mkdirSync(join(directory, name));
    writeFileSync(join(directory, name, "file"), "");
  }
  const now = systemClock.now();
  removeLeftovers(directory, now + 3_000_000);
  expect(readdirSync(directory)).toHaveLength(4);
  removeLeftovers(directory, now + 4_000_000);
  expect(readdirSync(directory).sort()).toEqual([".git", "p"]);
  removeLeftovers(join(directory, "none"), now);
});
