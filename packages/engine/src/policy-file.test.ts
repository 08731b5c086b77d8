import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readPolicy } from "./policy-file.ts";

let home: string;
let baseDir: string;
let configDir: string;
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), "orch-policy-")));
  [baseDir, configDir] = [join(home, "base"), join(home, "config")];
  for (const directory of [baseDir, join(configDir, "orch")]) mkdirSync(directory, { recursive: true });
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const write = (path: string, text: string) => {
  writeFileSync(path, text, { mode: 0o600 });
  return path;
};
const refused = expect.objectContaining({ code: "CONFIG_INVALID" });

it("is level read without flags and files", () => {
  expect(readPolicy({ baseDir, configDir })).toMatchObject({ level: "read", module_isolation: "process" });
});

it("comes from the user's own folder, a named file before that, and a named level before both", () => {
  write(join(configDir, "orch", "mcp-policy.json"), '{"level": "run", "workflows": ["a"]}');
  expect(readPolicy({ baseDir, configDir })).toMatchObject({ level: "run", workflows: ["a"] });
  const policyFile = write(join(home, "p.json"), '{"level": "author"}');
  expect(readPolicy({ baseDir, configDir, policyFile })).toMatchObject({ level: "author", workflows: null });
  expect(readPolicy({ baseDir, configDir, policyLevel: "read" })).toMatchObject({
    level: "read",
    workflows: ["a"],
  });
});

it("is refused where it cannot be read, where callers can write, and where everybody can", () => {
  expect(() => readPolicy({ baseDir, configDir, policyFile: join(home, "none") })).toThrowError(refused);
  const inside = write(join(baseDir, "p.json"), '{"level": "full"}');
  expect(() => readPolicy({ baseDir, configDir, policyFile: inside })).toThrowError(refused);
  mkdirSync(join(baseDir, "..dots"));
  const dots = write(join(baseDir, "..dots", "p.json"), '{"level": "full"}');
  expect(() => readPolicy({ baseDir, configDir, policyFile: dots })).toThrowError(refused);
  const link = join(home, "link.json");
  symlinkSync(inside, link);
  expect(() => readPolicy({ baseDir, configDir, policyFile: link })).toThrowError(refused);
  const open = write(join(home, "open.json"), "{}");
  chmodSync(open, 0o666);
  expect(() => readPolicy({ baseDir, configDir, policyFile: open })).toThrowError(refused);
  expect(() => readPolicy({ baseDir, configDir, policyLevel: "all" })).toThrowError(refused);
});
