import { execFileSync } from "node:child_process";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../shared/temporary-folder.ts";
import { readSource } from "./read-source.ts";

describe("readSource", () => {
  it.each([
    ["UTF-8", Buffer.from("héllo 😀"), "héllo 😀"],
    ["UTF-8 with a mark", Buffer.from("\ufeffhéllo"), "héllo"],
    ["UTF-16 little endian", Buffer.from("\ufeffhéllo", "utf16le"), "héllo"],
    ["UTF-16 big endian", Buffer.from("\ufeffhéllo", "utf16le").swap16(), "héllo"],
    ["bytes of no encoding", Buffer.from([0x61, 0xff, 0x62]), "a\ufffdb"],
    ["nothing", Buffer.alloc(0), ""],
  ])("reads %s", async (_, bytes, text) => {
    await using folder = await temporaryFolder({ file: bytes });
    expect(readSource(join(folder.path, "file"), 1_000)).toEqual({ ok: true, text, bytes: bytes.length });
  });

  it("calls a zero byte binary", async () => {
    await using folder = await temporaryFolder({ file: Buffer.from([1, 0, 2]) });
    expect(readSource(join(folder.path, "file"), 1_000)).toEqual({ ok: false, reason: "binary" });
  });

  it("refuses one byte more than the limit and takes the limit", async () => {
    await using folder = await temporaryFolder({ file: "x".repeat(11) });
    expect(readSource(join(folder.path, "file"), 10)).toEqual({
      ok: false,
      reason: "oversize",
      detail: "11 bytes",
    });
    expect(readSource(join(folder.path, "file"), 11)).toMatchObject({ ok: true, bytes: 11 });
  });

  it("says why a file cannot be read, and waits on no pipe", async () => {
    await using folder = await temporaryFolder({});
    execFileSync("mkfifo", [join(folder.path, "pipe")]);
    await symlink("/etc/hostname", join(folder.path, "link"));
    expect(readSource(join(folder.path, "gone"), 10)).toEqual({
      ok: false,
      reason: "unreadable",
      detail: "ENOENT",
    });
    expect(readSource(join(folder.path, "link"), 10)).toEqual({
      ok: false,
      reason: "unreadable",
      detail: "ELOOP",
    });
    expect(readSource(join(folder.path, "pipe"), 10)).toEqual({ ok: false, reason: "special" });
    expect(readSource(folder.path, 10)).toEqual({ ok: false, reason: "special" });
  });
});
