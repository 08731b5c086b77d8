import { type ChildProcess, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqliteStore } from "@orch/core/sqlite";
import { Ledger } from "@orch/resources";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ModuleRegistry } from "../src/module-registry.ts";
import { TaskOrchestrator } from "../src/task-orchestrator.ts";
import { isRunning, untilGone } from "./processes.ts";

let folder: string;
let engine: ChildProcess;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "orch-left-"));
});
afterEach(() => {
  engine.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

const statOf = (pid: number) => {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const [name = "", rest = ""] = stat.slice(stat.indexOf("(") + 1).split(/\) (?=[^)]*$)/);
  return { name, group: Number(rest.split(" ")[2]) };
};

/** The processes of a group. */
function membersOf(group: number): { readonly pid: number; readonly name: string }[] {
  const pids = readdirSync("/proc").map(Number).filter(Number.isInteger);
  return pids.flatMap((pid) => {
    try {
      const { name, group: its } = statOf(pid);
      return its === group && isRunning(pid) ? [{ pid, name }] : [];
    } catch {
      return [];
    }
  });
}

/** Starts an engine, and kills it without that its guard could end what it has started; returns who is left. */
async function leftOver(): Promise<number[]> {
  const script = join(import.meta.dirname, "fixtures", "group-engine.ts");
  const args = ["--conditions=@orch/source", script, join(folder, "state.db"), folder];
  engine = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
  const file = join(folder, "pids");
  while (!existsSync(file) || readFileSync(file, "utf8") === "") await new Promise(setImmediate);
  const [first = 0] = readFileSync(file, "utf8").split(" ").map(Number);
  const members = membersOf(statOf(first).group);
  // First the shell that waits for the end of the engine.
  const guards = members.filter(({ name }) => ["sh", "dash", "bash"].includes(name)).map(({ pid }) => pid);
  expect(guards).toHaveLength(1);
  for (const pid of guards) process.kill(pid, "SIGKILL");
  await untilGone(guards);
  engine.kill("SIGKILL");
  await new Promise((resolve) => engine.on("exit", resolve));
  return members.map(({ pid }) => pid).filter((pid) => !guards.includes(pid) && isRunning(pid));
}

/** An orchestrator on the engine's store; its actions tell which of `pids` run when they are called. */
function aSuccessor(pids: readonly number[]) {
  const modulesDir = join(folder, "modules");
  mkdirSync(modulesDir);
  const tell = `() => ${JSON.stringify(pids)}.filter((pid) => {
    try { return !/\\) [ZX]/.test(readFileSync("/proc/" + pid + "/stat", "latin1")); } catch { return false; }
  })`;
  writeFileSync(
    join(modulesDir, "alone.mjs"),
    `import { readFileSync } from "node:fs";
    export default { name: "alone", actions: { leaveAndBlock: { description: "", run: ${tell} } } };`,
  );
  const ledger = new Ledger();
  ledger.define({ id: "cpu", type: "cpu", capacity: { cores: 1 } });
  const store = sqliteStore(join(folder, "state.db"));
  return new TaskOrchestrator({ ledger, store, modules: new ModuleRegistry({ modulesDir }) });
}

describe.runIf(process.platform === "linux")("when an engine was killed and its guard, too", () => {
  it("an attempt is started again only when nothing of the last one runs any more", async () => {
    const left = await leftOver();
    expect(left.length).toBeGreaterThan(0);
    await using successor = aSuccessor(left);
    const { adopted } = await successor.recover();
    expect(adopted).toEqual(["blocked"]);
    successor.startExecution();
    expect(await successor.waitForCompletion({ taskIds: ["blocked"] })).toBe(true);
    expect(successor.getTaskResult("blocked")).toMatchObject({ data: [], attempts: 2 });
  });

  it("what it held is given to others only when nothing of it runs any more", async () => {
    const left = await leftOver();
    expect(left.length).toBeGreaterThan(0);
    await using successor = aSuccessor(left);
    const other = await successor.executeTask({
      module: "alone",
      action: "leaveAndBlock",
      resources: [{ type: "cpu", amount: 1 }],
    });
    expect(other).toMatchObject({ status: "completed", data: [] });
  });
});
