import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqliteStore } from "@orch/core/sqlite";
import { expect, it } from "vitest";

const MANY = 120;

/** A process of the story, and what it says. */
class Survivor {
  readonly #child: ChildProcess;
  readonly #said: string[] = [];
  readonly #closed: Promise<void>;
  #heard: () => void = () => {};
  #rest = "";

  constructor(database: string, log: string, role: "submit" | "help") {
    const script = join(import.meta.dirname, "fixtures", "survivor.ts");
    const args = ["--conditions=@orch/source", script, database, log, String(MANY), role];
    this.#child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      const lines = (this.#rest + text).split("\n");
      // What stands behind the last line end was not said whole.
      this.#rest = lines.pop() ?? "";
      this.#said.push(...lines);
      this.#heard();
    });
    this.#closed = new Promise((resolve) => this.#child.on("close", () => resolve()));
  }

  /** Ids whose completion it was told. */
  get done(): string[] {
    return this.#said.flatMap((line) => (line.startsWith("done ") ? line.slice(5) : []));
  }

  get lastLine(): string {
    return this.#said.at(-1) ?? "";
  }

  /** Resolves when it has said so much that `holds`, or has ended. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      const heard = new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
      await Promise.race([heard, this.#closed.then(() => Promise.reject(new Error("It has ended")))]);
    }
  }

  /** Lets so many further attempts end. */
  permit(many: number): void {
    this.#child.stdin?.write(`${many}\n`);
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#closed;
  }

  get closed(): Promise<void> {
    return this.#closed;
  }
}

it("has the tasks of one process gone on with by the next, round after round, and runs nothing twice that was done", async () => {
  const directory = mkdtempSync(join(tmpdir(), "orch-story-"));
  const [database, log] = [join(directory, "state.db"), join(directory, "log")];
  const runs = (): string[][] =>
    readFileSync(log, "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => line.split(" "));
  const done = new Map<string, number>();
  let owner = new Survivor(database, log, "submit");
  for (const permits of [10, 25, 40]) {
    owner.permit(permits);
    await owner.until(() => owner.done.length === permits);
    const next = new Survivor(database, log, "help");
    await next.until(() => next.lastLine === "ready");
    await owner.kill();
    for (const id of owner.done) done.set(id, runs().filter(([run]) => run === id).length);
    owner = next;
  }
  expect(done.size).toBe(75);
  owner.permit(MANY);
  await owner.until(() => owner.lastLine.startsWith("all"));
  await owner.closed;

  // The naive answer.
  const sums: number[] = [];
  for (let n = 0; n < MANY; n++) sums.push(n + (sums[n - 3] ?? 0) + (sums[n - 6] ?? 0));
  expect(owner.lastLine).toBe(`all true ${sums.at(-1)}`);
  const store = sqliteStore(database);
  const attempts = runs().map(([id, attempt]) => `${id} ${attempt}`);
  // No attempt has run twice, and none at all of what was done.
  expect(new Set(attempts).size).toBe(attempts.length);
  for (const [id, count] of done) expect(runs().filter(([run]) => run === id)).toHaveLength(count);
  for (let n = 0; n < MANY; n++) {
    const tries = runs().filter(([id]) => id === `t${n}`);
    expect(store.get(`tasks/t${n}`)).toMatchObject({ status: "completed", result: sums[n] });
    // No more than one attempt was lost with each of the three that were killed.
    expect(tries.length).toBeLessThanOrEqual(4);
  }
  expect(store.list("backlog/")).toEqual([]);
  store.close();
  rmSync(directory, { recursive: true });
});
