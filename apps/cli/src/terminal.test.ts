import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { processTerminal } from "./terminal.ts";

function streams({ isTTY = false, columns = 0, rows = 0, env = {} as Record<string, string> } = {}) {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const stdout = Object.assign(out, { isTTY, columns, rows }) as unknown as NodeJS.WriteStream;
  const stderr = Object.assign(err, { isTTY: false }) as unknown as NodeJS.WriteStream;
  const terminal = processTerminal({ stdout, stderr, env } as unknown as NodeJS.Process);
  return { terminal, stdout, stderr, out, err };
}

const textOf = (stream: PassThrough): string => String(stream.read() ?? "");

describe("processTerminal", () => {
  it("takes a terminal without a size for one of 80 by 24", () => {
    const { terminal } = streams({ isTTY: true });
    expect([terminal.columns, terminal.rows]).toEqual([80, 24]);
    expect([terminal.screen.columns, terminal.screen.rows]).toEqual([80, 24]);
  });

  it("has lines as wide as a person can see, and any length for a file", () => {
    expect(streams({ isTTY: true, columns: 50 }).terminal.lineWidth).toBe(50);
    expect(streams().terminal).toMatchObject({ columns: 80, lineWidth: Number.POSITIVE_INFINITY });
  });

  it.each([
    [{ isTTY: true }, true],
    [{ isTTY: false }, false],
    [{ isTTY: true, env: { CI: "true" } }, false],
    [{ isTTY: true, env: { CI: "false" } }, true],
    [{ isTTY: true, env: { CI: "" } }, true],
    [{ isTTY: true, env: { TERM: "dumb" } }, false],
  ])("with %j a person watches: %s", (given, interactive) => {
    expect(streams(given).terminal.interactive).toBe(interactive);
  });

  it("writes lines, without colours on a standard error that is no terminal", () => {
    const { terminal, out, err } = streams();
    terminal.out("asked for");
    terminal.err("\u001b[31mred\u001b[39m");
    expect([textOf(out), textOf(err)]).toEqual(["asked for\n", "red\n"]);
  });

  it("hands what others write to somebody else, line by line, and writes its own on", () => {
    const { terminal, stdout, stderr, out, err } = streams();
    const lines: string[] = [];
    const diversion = terminal.divert((line) => lines.push(line));
    stdout.write("one\ntw");
    stdout.write(Buffer.from("o €").subarray(0, 3));
    stdout.write(Buffer.from("o €").subarray(3));
    stderr.write("other\n");
    terminal.out("own");
    expect(lines).toEqual(["one", "other"]);
    diversion.flush();
    expect(lines).toEqual(["one", "other", "two €"]);
    expect([textOf(out), textOf(err)]).toEqual(["own\n", ""]);
    diversion[Symbol.dispose]();
    stdout.write("back");
    expect(textOf(out)).toBe("back");
    expect(lines).toHaveLength(3);
  });

  it("tells those who write that it is done", async () => {
    const { terminal, stdout } = streams();
    using _diversion = terminal.divert(() => {});
    await expect(new Promise((resolve) => stdout.write("x", resolve))).resolves.toBeNull();
  });

  it.each(["EPIPE", "EIO"])("goes quiet when the reader is gone (%s)", (code) => {
    const { terminal, stdout, out } = streams();
    stdout.emit("error", Object.assign(new Error("gone"), { code }));
    terminal.out("nobody reads this");
    expect(textOf(out)).toBe("");
    expect(terminal.failure).toBeNull();
  });

  it("says why output got lost for any other reason", () => {
    const { terminal, stdout } = streams();
    const full = Object.assign(new Error("no space left"), { code: "ENOSPC" });
    stdout.emit("error", full);
    expect(terminal.failure).toBe(full);
  });
});
