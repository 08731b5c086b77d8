import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { failureOf } from "./failure.ts";
import { thrownAt } from "./thrown-at.ts";

const here = process.cwd();
const frame = (file: string): string => `    at act (${file}:12:5)`;
const stackOf = (...frames: readonly string[]): string => ["Error: no", ...frames].join("\n");

describe("thrownAt", () => {
  it("names the file relative to the working directory, and the line", () => {
    const file = join(here, "modules", "mine.mjs");
    expect(thrownAt(stackOf(frame(file)), "no")).toBe(`${join("modules", "mine.mjs")}:12`);
    expect(thrownAt(stackOf(`    at async ${pathToFileURL(file)}?v=2:7:1`), "no")).toBe(
      `${join("modules", "mine.mjs")}:7`,
    );
  });

  it("names the whole path of a file elsewhere", () => {
    expect(thrownAt(stackOf(frame("/elsewhere (1)/mine.mjs")), "no")).toBe("/elsewhere (1)/mine.mjs:12");
    expect(thrownAt(stackOf(frame("/elsewhere/mine.mjs")), "no")).toBe("/elsewhere/mine.mjs:12");
  });

  it("passes over packages that are installed, Node, and the code of this program", () => {
    const others = [
      frame(join(here, "node_modules", "lib", "index.js")),
      frame("node:internal/process/task_queues"),
      frame(import.meta.filename),
      "    at JSON.parse (<anonymous>)",
    ];
    expect(thrownAt(stackOf(...others), "no")).toBeNull();
    expect(thrownAt(stackOf(...others, frame("/m/mine.mjs"), frame("/m/caller.mjs")), "no")).toBe(
      "/m/mine.mjs:12",
    );
  });

  it("does not take the message for a place", () => {
    const message = "no\n    at trap (/trap.mjs:1:1)";
    expect(thrownAt(`Error: ${message}\n${frame("/m/mine.mjs")}`, message)).toBe("/m/mine.mjs:12");
  });

  it("gives a short text or nothing, whatever the stack", () => {
    const part = fc.oneof(fc.string(), fc.constantFrom("\n    at ", "(", "/", ":1:1)", "file://%", "(/a"));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 200 }), fc.string(), (parts, message) => {
        expect((thrownAt(parts.join(""), message) ?? "").length).toBeLessThanOrEqual(400);
      }),
    );
    expect(thrownAt(`    at ${"(/".repeat(1_000_000)}:1:1`, "")).toBeNull();
  });

  it("is in the failure of an error that has such a place", () => {
    const error = Object.assign(new Error("no"), { stack: stackOf(frame("/m/mine.mjs")) });
    expect(failureOf(error).at).toBe("/m/mine.mjs:12");
    expect("at" in failureOf("a text")).toBe(false);
  });
});
