import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readTokens } from "./token-file.ts";

let home: string;
let baseDir: string;
let configDir: string;
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), "orch-token-")));
  [baseDir, configDir] = [join(home, "base"), join(home, "config")];
  mkdirSync(baseDir);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const modeOf = (path: string) => statSync(path).mode & 0o777;
const write = (path: string, text: string, mode = 0o600) => {
  writeFileSync(path, text, { mode });
  return path;
};
const refused = expect.objectContaining({ code: "CONFIG_INVALID" });

it("makes one at the first use, which its owner alone can read, and gives the same one afterwards", () => {
  const umask = process.umask(0);
  try {
    const { tokens, file } = readTokens({ baseDir, configDir });
    expect(tokens).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(file?.startsWith(configDir)).toBe(true);
    expect(modeOf(String(file))).toBe(0o600);
    expect(modeOf(join(configDir, "orch", "mcp-tokens"))).toBe(0o700);
    expect(readTokens({ baseDir, configDir })).toEqual({ tokens, file });
    expect(readdirSync(join(configDir, "orch", "mcp-tokens"))).toHaveLength(1);
  } finally {
    process.umask(umask);
  }
});

it("makes another one for each base directory, by whatever way it is named", () => {
  const other = join(home, "other");
  mkdirSync(other);
  symlinkSync(baseDir, join(home, "link"));
  const [first] = readTokens({ baseDir, configDir }).tokens;
  expect(readTokens({ baseDir: other, configDir }).tokens).not.toEqual([first]);
  expect(readTokens({ baseDir: join(home, "link"), configDir }).tokens).toEqual([first]);
});

it("takes those of a file that is named, a token in each line, before one that is given", () => {
  const tokenFile = write(join(home, "tokens"), "# for the editor\naaa\n\n  bbb  \n");
  expect(readTokens({ tokenFile, token: "ccc", baseDir, configDir })).toEqual({
    tokens: ["aaa", "bbb"],
    file: tokenFile,
  });
});

it("takes one that is given before it makes one", () => {
  expect(readTokens({ token: "ccc", baseDir, configDir })).toEqual({ tokens: ["ccc"], file: null });
  expect(readdirSync(home)).toEqual(["base"]);
});

it.each([0o640, 0o604, 0o620, 0o666])("does not take a file of mode %o, which others can open", (mode) => {
  const tokenFile = write(join(home, "tokens"), "aaa\n");
  chmodSync(tokenFile, mode);
  expect(() => readTokens({ tokenFile, baseDir, configDir })).toThrowError(refused);
});

it("does not take a file from the base directory, nor one that is not there", () => {
  const inside = write(join(baseDir, "tokens"), "aaa\n");
  const link = join(home, "link");
  symlinkSync(inside, link);
  for (const tokenFile of [inside, link, join(home, "none")])
    expect(() => readTokens({ tokenFile, baseDir, configDir })).toThrowError(refused);
});

it("does not take what others have put in the place of its own", () => {
  const { file } = readTokens({ baseDir, configDir });
  rmSync(String(file));
  linkSync(write(join(home, "planted"), "a".repeat(64), 0o644), String(file));
  expect(() => readTokens({ baseDir, configDir })).toThrowError(refused);
});

it("leaves nothing half done where it cannot be made", () => {
  writeFileSync(configDir, "a file is in the way");
  expect(() => readTokens({ baseDir, configDir })).toThrowError(refused);
  expect(readFileSync(configDir, "utf8")).toBe("a file is in the way");
});
