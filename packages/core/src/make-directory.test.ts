import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { sandbox } from "../test/sandbox.ts";
import { makeDirectory } from "./make-directory.ts";

const folder = sandbox();

it("makes all that is missing, with the mode, and leaves what exists as it is", () => {
  const base = folder();
  const path = join(base, "a", "b", "c");
  makeDirectory(path, { mode: 0o700 });
  expect([statSync(path).mode & 0o777, statSync(join(base, "a")).mode & 0o777]).toEqual([0o700, 0o700]);
  mkdirSync(join(base, "d"), { mode: 0o750 });
  makeDirectory(join(base, "d"), { mode: 0o700 });
  expect(statSync(join(base, "d")).mode & 0o777).toBe(0o750);
});

it("throws where a file is in the way", () => {
  const base = folder();
  writeFileSync(join(base, "f"), "");
  expect(() => makeDirectory(join(base, "f"))).toThrow(/EEXIST/);
  expect(() => makeDirectory(join(base, "f", "g", "h"))).toThrow(/ENOTDIR|EEXIST/);
});

it.runIf(process.platform === "linux")("throws, and returns, where no directory can be made", () => {
  expect(() => makeDirectory("/proc/orch/deeper")).toThrow(/mkdir '\/proc\/orch'/);
  expect(() => makeDirectory("/proc/self/orch")).toThrow(/mkdir/);
});
