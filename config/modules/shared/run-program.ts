import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { errorMessage } from "@orch/core";
import { TaskExecutionError } from "@orch/tasks";

/** A program to run: no shell, so that no part of it is ever read as code. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Ends the program, and all that it started, when it aborts. */
  readonly signal: AbortSignal;
  /** Further variables; of this process's own only those that programs need to work are passed on. */
  readonly env?: Readonly<Record<string, string>>;
  /** Bytes of each output that are kept at least: the last ones. @default 64 KiB */
  readonly keepBytes?: number;
}

/** How a program ended. */
export interface ProgramResult {
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  /** The end of it; begins with `…` where something was cut away. */
  readonly stdout: string;
  readonly stderr: string;
  readonly durationSeconds: number;
}

const KEPT_BYTES = 64 * 1024;
/** Variables that programs need to find themselves, their home and their language. */
const PASSED_ON = ["PATH", "HOME", "USER", "TMPDIR", "TEMP", "LANG", "LC_ALL", "TZ", "SystemRoot"];

/**
 * Runs a program to its end. Any exit code is a result; TASK_EXECUTION_FAILED when it cannot be started. Throws the
 * reason of the signal when it aborts, once the program is gone.
 */
export function runProgram({
  command,
  args,
  cwd,
  signal,
  env = {},
  keepBytes = KEPT_BYTES,
}: Program): Promise<ProgramResult> {
  signal.throwIfAborted();
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...passedOn(), ...env },
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, so that what it starts ends with it.
      detached: true,
    });
    const [stdout, stderr] = [tail(keepBytes), tail(keepBytes)];
    child.stdout.on("data", stdout.add);
    child.stderr.on("data", stderr.add);
    const end = () => endGroup(child.pid);
    signal.addEventListener("abort", end, { once: true });
    child.on("error", (cause) => {
      signal.removeEventListener("abort", end);
      reject(cannotStart(command, cwd, cause));
    });
    child.on("close", (exitCode) => {
      signal.removeEventListener("abort", end);
      if (signal.aborted) reject(signal.reason as Error);
      const durationSeconds = Math.round(performance.now() - started) / 1000;
      resolve({ exitCode, stdout: stdout.text(), stderr: stderr.text(), durationSeconds });
    });
  });
}

const passedOn = (): Record<string, string> =>
  Object.fromEntries(
    PASSED_ON.flatMap((name) => (process.env[name] ? [[name, process.env[name] ?? ""]] : [])),
  );

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}

/** The end of a stream, and whether something before it was left out. */
function tail(most: number): { add(chunk: Buffer): void; text(): string } {
  let chunks: Buffer[] = [];
  let kept = 0;
  let isCut = false;
  return {
    add(chunk) {
      chunks.push(chunk);
      kept += chunk.length;
      if (kept <= 2 * most) return;
      chunks = [Buffer.concat(chunks).subarray(-most)];
      kept = most;
      isCut = true;
    },
    text() {
      const whole = Buffer.concat(chunks);
      const text = whole.subarray(-most).toString("utf8");
      return isCut || whole.length > most ? `…${text}` : text;
    },
  };
}

/** The last line that a program wrote which says something, in short: what went wrong, as a rule. Empty where it wrote nothing. */
export function lastWords({ stdout, stderr }: Pick<ProgramResult, "stdout" | "stderr">): string {
  const lines = stripVTControlCharacters(stderr.trim() || stdout).split(/[\r\n]+/);
  const said = lines.map((line) => line.trim()).findLast((line) => line !== "") ?? "";
  return said.length > MOST_WORDS ? `${said.slice(0, MOST_WORDS)}…` : said;
}

const MOST_WORDS = 200;

const cannotStart = (command: string, cwd: string, cause: Error): TaskExecutionError =>
  new TaskExecutionError(`${command} cannot be started in ${cwd}: ${errorMessage(cause)}`, {
    retryable: false,
    details: { command, cwd },
    suggestions: [`Check that ${command} is installed and that ${cwd} is a directory.`],
    cause,
  });
