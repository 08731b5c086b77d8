import { chmodSync, type linkSync, lstatSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { sandbox } from "../test/sandbox.ts";
import { prepareDirectory, prepareFile } from "./sqlite-disk.ts";

const link = vi.hoisted(() => ({ instead: null as null | ((path: string) => void) }));
vi.mock("node:fs", async (original) => {
  const fs = await original<{ linkSync: typeof linkSync }>();
  const linked = (from: string, to: string) => (link.instead ? link.instead(to) : fs.linkSync(from, to));
  return { ...fs, linkSync: linked };
});

const folder = sandbox();
const path = () => join(folder(), "state.db");
afterEach(() => {
  link.instead = null;
  vi.restoreAllMocks();
});
const asUser = (id: number | undefined) => vi.spyOn(process, "getuid").mockImplementation(() => id as number);
const refuse = () => {
  throw Object.assign(new Error("no links here"), { code: "EPERM" });
};

describe("prepareFile", () => {
  it.each([
    ["with links", null],
    ["on a disk without links", refuse],
  ])("makes an empty file for this user alone and leaves nothing else, %s", (_, instead) => {
    link.instead = instead;
    const file = path();
    expect(prepareFile(file)).toBe(true);
    expect([lstatSync(file).mode & 0o777, readdirSync(dirname(file))]).toEqual([0o600, ["state.db"]]);
    expect(prepareFile(file)).toBe(true);
  });

  it("takes the file of a process that was faster", () => {
    link.instead = (file) => {
      writeFileSync(file, "theirs");
      refuse();
    };
    const file = path();
    expect(prepareFile(file)).toBe(false);
    expect(readdirSync(dirname(file))).toEqual(["state.db"]);
  });
});

describe("prepareDirectory", () => {
  it("refuses the directory of another user, unless this one is root", () => {
    const file = path();
    const { uid } = lstatSync(dirname(file));
    const me = asUser(uid + 1);
    expect(() => prepareDirectory(file)).toThrow(
      expect.objectContaining({ code: "UNSAFE_STATE_DIR", message: expect.stringContaining("another user") }),
    );
    me.mockReturnValue(0);
    expect(() => prepareDirectory(file)).not.toThrow();
  });

  it("asks for no modes where there are no user ids", () => {
    const file = path();
    chmodSync(dirname(file), 0o777);
    expect(() => prepareDirectory(file)).toThrow("can be written by other users");
    asUser(undefined);
    expect(() => prepareDirectory(file)).not.toThrow();
  });
});
