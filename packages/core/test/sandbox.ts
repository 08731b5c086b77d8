import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach } from "vitest";

/** Makes temporary folders (0700) that are gone after each test. */
export function sandbox(): () => string {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    const folder = mkdtempSync(join(tmpdir(), "orch-core-"));
    folders.push(folder);
    return folder;
  };
}

/** A script in a process of its own, from source. */
export function start(script: URL, args: readonly string[]) {
  const command = ["--conditions=@orch/source", fileURLToPath(script), ...args];
  const child = spawn(process.execPath, command, { stdio: ["pipe", "pipe", "inherit"] });
  child.stdout.setEncoding("utf8");
  const closed = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
  return { child, closed };
}

/** Everything that the script prints, once it has ended by itself. */
export async function outputOf(script: URL, args: readonly string[]): Promise<string> {
  const { child, closed } = start(script, args);
  let output = "";
  child.stdout.on("data", (text: string) => {
    output += text;
  });
  child.stdin.end();
  const { code, signal } = await closed;
  if (code !== 0) throw new Error(`${script.pathname} ended with ${code ?? signal}: ${output}`);
  return output;
}
