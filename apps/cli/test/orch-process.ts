import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { inject } from "vitest";

/** A process that takes longer hangs, and is killed. */
const HANG_MS = 120_000;

/** How a process ended and what it wrote. */
export interface Ended {
  /** Null when a signal killed it. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that runs. */
export interface Orch {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** Resolves with the first line on standard output, or error, that matches; rejects when there is none. */
  line(pattern: RegExp): Promise<string>;
}

/** What a process is started with. */
export interface OrchOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Of Node itself. */
  readonly nodeArgs?: readonly string[];
  /** Called with each complete line on standard output. */
  readonly onLine?: (line: string, child: ChildProcess) => void;
}

/** Starts a real `orch` in `cwd`. */
export function startOrch(args: readonly string[], options: OrchOptions): Orch {
  const child = spawn(
    process.execPath,
    ["--conditions=@orch/source", ...(options.nodeArgs ?? []), inject("program"), ...args],
    { cwd: options.cwd, env: cleanEnvironment(options.env), stdio: ["pipe", "pipe", "pipe"] },
  );
  const lines = new Lines();
  const text = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (chunk: string) => {
      text[name] += chunk;
    });
    createInterface({ input: child[name] }).on("line", (line) => {
      lines.add(line);
      if (name === "stdout") options.onLine?.(line, child);
    });
  }
  child.stdin.on("error", () => {}).end(options.input ?? "");
  const hung = setTimeout(() => child.kill("SIGKILL"), HANG_MS);
  const ended = once(child, "close").then(([code, signal]): Ended => {
    clearTimeout(hung);
    lines.end(JSON.stringify(text));
    return { code: code as number | null, signal: signal as string | null, ...text };
  });
  return { child, pid: child.pid ?? 0, ended, line: (pattern) => lines.find(pattern) };
}

/** Runs `orch` to its end. */
export const orch = (args: readonly string[], options: OrchOptions): Promise<Ended> =>
  startOrch(args, options).ended;

/** The objects on standard output; throws for a line that is none. A line that was cut off at the end is left out. */
export const objectsIn = (stdout: string): Record<string, unknown>[] =>
  stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** The result, the last line of standard output. */
export function resultIn({ stdout, stderr }: Ended): Record<string, unknown> {
  const last = objectsIn(stdout).at(-1);
  if (last?.["type"] === "result") return last;
  throw new Error(`No result in the last line of ${JSON.stringify({ stdout, stderr })}`);
}

/** Whether a process of this id exists. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The test runner's own settings must not decide what is shown. */
function cleanEnvironment(own: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { PATH = "", HOME = "", TMPDIR } = process.env;
  return { PATH, HOME, LANG: "C.UTF-8", ...(TMPDIR ? { TMPDIR } : {}), ...own };
}

class Lines {
  readonly #seen: string[] = [];
  readonly #waiting = new Set<(line: string | null) => void>();
  #rest: string | null = null;

  add(line: string): void {
    this.#seen.push(line);
    for (const each of this.#waiting) each(line);
  }

  end(rest: string): void {
    this.#rest = rest;
    for (const each of this.#waiting) each(null);
  }

  find(pattern: RegExp): Promise<string> {
    const seen = this.#seen.find((line) => pattern.test(line));
    if (seen !== undefined) return Promise.resolve(seen);
    return new Promise((resolve, reject) => {
      const look = (line: string | null) => {
        if (line !== null && !pattern.test(line)) return;
        this.#waiting.delete(look);
        if (line === null) reject(new Error(`No line matches ${pattern}: ${this.#rest}`));
        else resolve(line);
      };
      if (this.#rest !== null) look(null);
      else this.#waiting.add(look);
    });
  }
}
