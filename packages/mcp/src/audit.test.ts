import { appendFileSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sandbox } from "../test/sandbox.ts";
import { AuditFile, type Decision, digestOf, verifyAudit } from "./audit.ts";

const folder = sandbox();
const decision = (tool: string): Decision => ({
  at: "2026-01-01T00:00:00.000+00:00",
  caller: "stdio",
  tool,
  arguments: digestOf({ tool }),
  level: "read",
  rule: "level",
  outcome: "denied",
});
const linesOf = (path: string) => readFileSync(path, "utf8").trimEnd().split("\n");

describe("an audit log", () => {
  it("has a line for each decision, for its owner alone, chained also across writers", () => {
    const path = join(folder(), "state", "audit.log");
    const first = new AuditFile(path);
    first.record(decision("a"));
    first.record(decision("b"));
    const second = new AuditFile(path);
    second.record(decision("c"));
    first.record(decision("d"));
    expect(linesOf(path).map((line) => JSON.parse(line).tool)).toEqual(["a", "b", "c", "d"]);
    expect(verifyAudit(path)).toEqual([]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, "..")).mode & 0o077).toBe(0);
  });

  it("shows what was changed, taken out or put in", () => {
    const path = join(folder(), "audit.log");
    const log = new AuditFile(path);
    for (const tool of ["a", "b", "c"]) log.record(decision(tool));
    const [a = "", b = "", c = ""] = linesOf(path);
    const tampered = [
      [a, b.replace("denied", "allowed"), c],
      [a, c],
      [b, c],
      [a, b, c, a.replace('"a"', '"x"')],
      [a, "{}", c],
    ];
    for (const lines of tampered) {
      writeFileSync(path, `${lines.join("\n")}\n`);
      expect(verifyAudit(path), lines.join("\n")).not.toEqual([]);
    }
  });

  it("begins a new line behind one that was torn off by a crash", () => {
    const path = join(folder(), "audit.log");
    new AuditFile(path).record(decision("a"));
    appendFileSync(path, '{"at":"2026');
    new AuditFile(path).record(decision("b"));
    expect(JSON.parse(linesOf(path).at(-1) ?? "")).toMatchObject({ tool: "b" });
    expect(verifyAudit(path)).toEqual(["Line 2 is no entry"]);
  });

  it("refuses a link in its place, and a place where nothing can be written", () => {
    const home = folder();
    writeFileSync(join(home, "real"), "");
    symlinkSync(join(home, "real"), join(home, "link"));
    mkdirSync(join(home, "directory"));
    for (const name of ["link", "directory"])
      expect(() => new AuditFile(join(home, name)).record(decision("a"))).toThrowError(
        expect.objectContaining({ code: "STORAGE_ERROR" }),
      );
  });
});

it("hashes arguments by what they say, not by their order", () => {
  expect(digestOf({ a: 1, b: { c: 2, d: 3 } })).toBe(digestOf({ b: { d: 3, c: 2 }, a: 1 }));
  expect(digestOf({ a: 1 })).not.toBe(digestOf({ a: 2 }));
});
