import { chmodSync, existsSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { sandbox } from "../test/sandbox.ts";
import { stateKey } from "./state-key.ts";

const folder = sandbox();
const UNSAFE = expect.objectContaining({ code: "UNSAFE_STATE_DIR" });
const path = () => join(folder(), "state", "mcp-state.key");

it("is made when it is wanted, once, for its owner alone", () => {
  const file = path();
  expect(stateKey(file, { make: false })).toBeNull();
  expect(existsSync(dirname(file))).toBe(false);
  const key = stateKey(file, { make: true });
  expect(key).toHaveLength(32);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
  for (const make of [true, false]) expect(stateKey(file, { make })).toEqual(key);
  expect(readdirSync(dirname(file))).toEqual(["mcp-state.key"]);
  expect(stateKey(path(), { make: true })).not.toEqual(key);
});

it("is not used when others can read it, when it is no key, and through a link", () => {
  const file = path();
  stateKey(file, { make: true });
  chmodSync(file, 0o640);
  expect(() => stateKey(file, { make: true })).toThrowError(UNSAFE);
  chmodSync(file, 0o600);
  writeFileSync(file, "short");
  expect(() => stateKey(file, { make: false })).toThrowError(UNSAFE);
  const link = join(dirname(file), "link.key");
  symlinkSync(file, link);
  expect(() => stateKey(link, { make: true })).toThrowError(expect.objectContaining({ code: "ELOOP" }));
});
