import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A folder that goes with the test. */
export function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "orch-process-"));
  folders.push(folder);
  return folder;
}

/** The programs that an action has left, once it has written their numbers down. */
export async function childrenIn(folder: string): Promise<number[]> {
  const file = join(folder, "pids");
  while (!existsSync(file) || readFileSync(file, "utf8") === "") await new Promise(setImmediate);
  return readFileSync(file, "utf8").split(" ").map(Number);
}
