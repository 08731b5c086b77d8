import fc from "fast-check";
import { expect, it } from "vitest";
import { failureOf } from "./failure.ts";
import { NoMessage } from "./no-message.ts";
import { frame } from "./process-frame.ts";
import type { FromProcess } from "./process-message.ts";
import { ProcessSaid } from "./process-said.ts";

const read = (text: string) => [...new ProcessSaid().read(frame(Buffer.from(text)))];
const nest = (levels: number): unknown => (levels === 0 ? [] : [nest(levels - 1)]);
const failure = failureOf(new Error("no"));

it.each<FromProcess>([
  { type: "progress", fraction: 0.5, text: "half" },
  { type: "log", level: "warn", message: "line", fields: { a: [1] } },
  { type: "ask", what: "history" },
  { type: "ended", outcome: { ok: true, value: { a: [null, "text", 0.5] } } },
  { type: "ended", outcome: { ok: true, value: nest(60) as [] } },
  { type: "ended", outcome: { ok: true, value: `${"[{".repeat(1000)}"\\` } },
  { type: "ended", outcome: { ok: false, failure } },
  { type: "ended", outcome: { ok: false, failure: failureOf({ details: { deep: nest(62) } }) } },
  { type: "died", failure: failureOf("text") },
  { type: "leaves", left: [{ pid: 2, startTime: "77" }], usage: { cpuMs: 1.5, peakBytes: 1 } },
])("what a child says is read: %j", (message) => {
  expect(read(JSON.stringify(message))).toEqual([message]);
});

it("a fraction that is no finite number stays none", () => {
  const text = JSON.stringify({ type: "progress", fraction: Number.NaN, text: "" });
  expect(read(text)).toEqual([{ type: "progress", fraction: Number.NaN, text: "" }]);
});

const ended = (value: string) => `{"type":"ended","outcome":{"ok":true,"value":${value}}}`;
const leaves = (pid: number) =>
  JSON.stringify({ type: "leaves", left: [{ pid, startTime: "1" }], usage: { cpuMs: 0, peakBytes: 0 } });

it.each([
  ["null"],
  ["[]"],
  ['"ended"'],
  ["{}"],
  ["{"],
  ["\u0000\u0001"],
  ['{"type":"nope"}'],
  ['{"type":"log","level":"nope","message":"","fields":{}}'],
  ['{"type":"log","level":"info","message":1,"fields":{}}'],
  ['{"type":"log","level":"info","message":"","fields":{"a":-0}}'],
  ['{"type":"ask","what":"constructor"}'],
  ['{"type":"ended","outcome":null}'],
  ['{"type":"ended","outcome":{"ok":true}}'],
  [ended("-0")],
  [ended('{"__proto__":1}')],
  [ended("[".repeat(65) + "]".repeat(65))],
  [ended("[".repeat(100_000))],
  ['{"type":"ended","outcome":{"ok":false,"failure":{"message":"no"}}}'],
  [JSON.stringify({ type: "died", failure: { ...failure, code: "no code" } })],
  [JSON.stringify({ type: "died", failure: { ...failure, message: "x".repeat(100_000) } })],
  ['{"type":"leaves","left":null,"usage":{"cpuMs":0,"peakBytes":0}}'],
  ['{"type":"leaves","left":[],"usage":{"cpuMs":-1,"peakBytes":0}}'],
  [leaves(1)],
  [leaves(process.pid)],
])("what is no message is refused: %.60s", (text) => {
  expect(() => read(text)).toThrow(NoMessage);
});

it("whatever comes is read or refused, and nothing else", () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
      try {
        read(text);
      } catch (error) {
        expect(error).toBeInstanceOf(NoMessage);
      }
    }),
  );
});
