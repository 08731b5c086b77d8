import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";

const folders: string[] = [];
// Not at the end of a test: tests run at the same time, and one would clean up behind another.
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** An empty folder of its own, removed when all tests of the file are done. */
export function aFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "orch-mcp-")));
  folders.push(folder);
  return folder;
}

/** A base directory of its own, with a module and workflows that call it. */
export function aBase(): string {
  const base = aFolder();
  write(base, "config/modules/work.mjs", MODULE);
  const flow = (name: string, ...steps: object[]) =>
    write(base, `config/workflows/production/${name}.json`, JSON.stringify({ name, steps }));
  flow("greet", { name: "hello", module: "core", action: "echo", parameters: { message: "hi" } });
  flow("talk", { name: "say", module: "work", action: "talk" });
  flow("long", {
    name: "wait",
    module: "core",
    action: "sleep",
    parameters: { duration: 600 },
    max_retries: 0,
  });
  flow("leak", { name: "fail", module: "work", action: "leak", max_retries: 0 });
  return base;
}

/** Writes a file below the base directory. */
export function write(base: string, name: string, text: string, mode = 0o644): string {
  const path = join(base, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode });
  return path;
}

const MODULE = `
export default { name: "work", actions: {
  talk: { description: "", run: () => { console.log("printed"); process.stdout.write("{}\\n"); return { pid: process.pid }; } },
  leak: { description: "", run: () => { throw new Error("cannot read " + import.meta.filename); } },
} };
`;
