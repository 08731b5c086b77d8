import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { inject } from "vitest";
import { aFolder } from "./base.ts";

/** A process that takes longer hangs, and is killed. */
const HANG_MS = 120_000;

/** An environment without settings of whoever runs the tests. */
export function cleanEnvironment(): Record<string, string> {
  const { PATH = "", HOME = "" } = process.env;
  return { PATH, HOME, XDG_CONFIG_HOME: aFolder() };
}

/** What a process wrote, and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A real server, spoken to line by line. */
export class ServerProcess {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  readonly #text = { stdout: "", stderr: "" };
  readonly #lines: string[] = [];
  #waiting: (() => void)[] = [];

  constructor(args: readonly string[], cwd: string = process.cwd()) {
    this.child = spawn(process.execPath, [inject("program"), ...args], { env: cleanEnvironment(), cwd });
    for (const name of ["stdout", "stderr"] as const)
      this.child[name].setEncoding("utf8").on("data", (chunk: string) => {
        this.#text[name] += chunk;
        for (const wake of this.#waiting.splice(0)) wake();
      });
    createInterface({ input: this.child.stdout }).on("line", (line) => {
      this.#lines.push(line);
      for (const wake of this.#waiting.splice(0)) wake();
    });
    this.child.stdin.on("error", () => {});
    const hung = setTimeout(() => this.child.kill("SIGKILL"), HANG_MS);
    this.ended = once(this.child, "close").then(([code]) => {
      clearTimeout(hung);
      for (const wake of this.#waiting.splice(0)) wake();
      return { code, ...this.#text };
    });
  }

  write(message: object): void {
    this.child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  }

  /** The answer to a request; rejects when the process ends without one. */
  async ask(request: { readonly id: number; readonly method: string; readonly params?: object }) {
    this.write(request);
    for (;;) {
      const found = this.#lines.map((line) => JSON.parse(line)).find(({ id }) => id === request.id);
      if (found !== undefined) return found;
      if (this.child.exitCode !== null) throw new Error(`It ended: ${this.#text.stderr}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** What it has written to standard error so far. */
  get stderr(): string {
    return this.#text.stderr;
  }

  /** The first line of standard error with a text; rejects when the process ends without one. */
  async said(text: string): Promise<string> {
    for (;;) {
      // What is behind the last end of a line is not there yet.
      const found = this.#text.stderr
        .split("\n")
        .slice(0, -1)
        .find((line) => line.includes(text));
      if (found !== undefined) return found;
      if (this.child.exitCode !== null) throw new Error(`It ended: ${this.#text.stderr}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Begins as a client of the older era does. */
  async begin(): Promise<this> {
    const clientInfo = { name: "test", version: "1" };
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
    await this.ask({ id: 0, method: "initialize", params });
    this.write({ method: "notifications/initialized" });
    return this;
  }

  call(id: number, name: string, args: object = {}) {
    return this.ask({ id, method: "tools/call", params: { name, arguments: args } });
  }

  /** Ends the input and waits for the process. */
  async end(): Promise<Ended> {
    this.child.stdin.end();
    return this.ended;
  }
}
