import { homedir } from "node:os";
import { describe, expect, it } from "vitest";
import { replyDetails, replyText } from "./reply-text.ts";

const base = "/srv/orch/base";

describe("what a caller reads of an error", () => {
  it.each([
    [`cannot open '${base}/.workflows/state.db'`, "cannot open '.workflows/state.db'"],
    [`${base} is gone`, "the base directory is gone"],
    ["ENOENT: /etc/secret/file.txt: no", "ENOENT: …/file.txt: no"],
    [`${homedir()}/deep/er/x.ts:12:3`, "…/x.ts:12:3"],
    ["C:\\Users\\me\\x.txt is locked", "…/x.txt is locked"],
    [
      "see https://example.org/a/b/c and orch://executions/1",
      "see https://example.org/a/b/c and orch://executions/1",
    ],
    ["1/2 steps, a/b", "1/2 steps, a/b"],
    ["boom\n    at run (/srv/x/y.ts:1:2)\n    at next", "boom"],
    ["\u001b[31mred\u001b[0m \u202eleft\u202c", "red left"],
  ])("%j is %j", (text, expected) => {
    expect(replyText(text, base)).toBe(expected);
  });

  it("is short", () => {
    expect(replyText("x".repeat(10_000), base)).toHaveLength(500);
    const problems = Array.from({ length: 100 }, (_, index) => ({ path: String(index), message: "m" }));
    expect(replyDetails({ problems }, base)["problems"]).toHaveLength(8);
  });

  it("is JSON, without stacks", () => {
    const details = {
      a: Number.NaN,
      b: undefined,
      c: [1n, () => 1],
      stack: "at x",
      d: { e: { f: { g: { h: 1 } } } },
    };
    expect(replyDetails(details, base)).toEqual({ a: null, c: [null, null], d: { e: { f: { g: null } } } });
  });
});
