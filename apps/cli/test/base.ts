import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

const folders: string[] = [];
// Not at the end of a test: tests run at the same time, and one would clean up behind another.
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** An empty folder of its own, removed when all tests of the file are done. */
export function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "orch-cli-"));
  folders.push(folder);
  return folder;
}

/** A base directory of its own, with the module `acts` and the given workflows. */
export function aBase(workflows: Readonly<Record<string, unknown>> = {}): string {
  const base = aFolder();
  write(base, "config/modules/acts.mjs", ACTS);
  for (const [name, definition] of Object.entries(workflows)) {
    const text = typeof definition === "string" ? definition : JSON.stringify(definition);
    write(base, `config/workflows/production/${name}`, text);
  }
  return base;
}

/** Writes a file below the base directory. */
export function write(base: string, path: string, content: string | Uint8Array): string {
  const file = join(base, path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, content);
  return file;
}

/** A step of the module `acts`. */
export const aStep = (name: string, action: string, more: object = {}): object => ({
  name,
  module: "acts",
  action,
  ...more,
});

/** What the steps of the stories do; plain JavaScript without a library. */
const ACTS = `
import { existsSync } from "node:fs";
const input = { safeParse: (data) => ({ success: true, data }) };
const action = (run) => ({ description: "", input, run });
const wait = (ms, signal) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, ms);
  signal?.addEventListener("abort", () => { clearTimeout(timer); reject(signal.reason); });
});
export default { name: "acts", actions: {
  add: action(({ a = 0, b = 0 }) => ({ sum: a + b })),
  fail: action(() => { throw new Error("it \\x1b[31mwent\\x1b[0m wrong"); }),
  flaky: action((_, { attempt }) => { if (attempt < 2) throw new Error("not yet"); return { attempt }; }),
  talk: action((_, { progress }) => {
    console.log("printed \\x1b[31mred\\x1b[0m");
    console.error("\\x1b]0;title\\x07also printed");
    process.stdout.write("no end of line");
    progress(0.5, "half \\x1b[2J way");
    return { said: true };
  }),
  // The first attempt takes for ever, and stops when it is told to; every later one is quick.
  slow: action(async (_, { attempt, signal }) => { if (attempt === 1) await wait(600_000, signal); return { attempt }; }),
  // Until there is such a file.
  until: action(async ({ file }, { signal }) => {
    while (!existsSync(file) && !signal.aborted) await wait(10, signal);
    return {};
  }),
  deaf: action(async (_, { attempt }) => { if (attempt === 1) await wait(600_000); return { attempt }; }),
  // Floating on purpose.
  reject: action(async () => { void Promise.reject(new Error("nobody cares")); await wait(50); return {}; }),
  crash: action(async (_, { attempt, signal }) => {
    if (attempt > 1) return { attempt };
    setTimeout(() => { throw new Error("thrown by a timer"); }, 1);
    await wait(600_000, signal);
  }),
} };
`;
