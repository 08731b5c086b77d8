import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { builtinRegistry } from "../src/default-registry.ts";
import { ModuleRegistry } from "../src/module-registry.ts";
import { ParallelExecutor } from "../src/parallel-executor.ts";
import { TaskOrchestrator } from "../src/task-orchestrator.ts";
import { OrchestratorRig } from "./orchestrator-rig.ts";

/** Files that this test sees being loaded in this thread; each by its first load only. */
const MARKS = ["marks", "test", "bare_worker", "bare_process", "cached_worker", "cached_process", "apart"];

/** What the top-level code of a file does before it exports its action. */
const FILES: Record<string, string> = {
  ...Object.fromEntries(MARKS.map((name) => [name, "globalThis.loadedHere = true;"])),
  exits: "process.exit(7);",
  fails: "throw new Error('not today');",
  stuck: "await new Promise(() => {});",
  late: "await new Promise((resolve) => { globalThis.goOn = resolve; }); throw new Error('too late');",
};

const folder = mkdtempSync(join(tmpdir(), "orch-load-"));
for (const [name, code] of Object.entries(FILES))
  writeFileSync(
    join(folder, `${name}.mjs`),
    `${code}\nexport default { actions: { go: { run: () => "gone" }, other: { version: "1", run: () => "other" } } };\n`,
  );
afterAll(() => rmSync(folder, { recursive: true }));

const here = globalThis as { loadedHere?: boolean; goOn?: () => void };
beforeEach(() => {
  delete here.loadedHere;
});

const registry = () => new ModuleRegistry({ modulesDir: folder, parent: builtinRegistry() });

describe.each(["worker", "process"] as const)("a task that says %s", (isolation) => {
  it("keeps the code of the module's file out of the engine, also behind aliases and children", async () => {
    const modules = new ModuleRegistry({
      parent: registry().alias("nick", "marks").alias("do.it", "marks.go"),
    });
    await using orchestrator = new TaskOrchestrator({ modules });
    const run = async (module: string, action: string) => {
      const result = await orchestrator.executeTask({ module, action, isolation, maxRetries: 0 });
      return result.data ?? result.errorCode;
    };
    expect(await run("marks", "go")).toBe("gone");
    expect(await run("nick", "other")).toBe("other");
    expect(await run("do", "it")).toBe("gone");
    // A name that the built-in module has, too, but not this action.
    expect(await run("test", "go")).toBe("gone");
    expect(await run("exits", "go")).toBe("EXITED_WITHOUT_RESULT");
    expect(await run("fails", "go")).toBe("MODULE_LOAD_FAILED");
    expect(await run("marks", "goo")).toBe("ACTION_NOT_FOUND");
    expect(await run("mark", "go")).toBe("MODULE_NOT_FOUND");
    expect(here.loadedHere).toBeUndefined();
    expect(modules.listActions("marks")).toEqual([]);
  });

  it("keeps it out in an executor without records, too", async () => {
    await using executor = new ParallelExecutor({ modules: registry() });
    const of = (name: string, module = name) => ({ name, module, action: "go", isolation });
    const tasks = [of("marks", `bare_${isolation}`), of("fails"), of("nothing")];
    const { marks, fails, nothing } = await executor.executeTasks(tasks);
    expect(marks?.result).toBe("gone");
    expect(fails?.error).toMatch(/^Module 'fails' cannot be loaded from .*: not today$/);
    expect(nothing?.error).toMatch(/'nothing' not found/);
    expect(here.loadedHere).toBeUndefined();
  });

  it("loads the file here, too, when the version of its action is part of a cached result's key", async () => {
    await using orchestrator = new TaskOrchestrator({ modules: registry() });
    const task = { module: `cached_${isolation}`, action: "other", isolation, cache: true };
    expect((await orchestrator.executeTask(task)).data).toBe("other");
    expect(here.loadedHere).toBe(true);
  });
});

it("a task that says nothing has its module's file loaded here, where its action says where it runs", async () => {
  await using orchestrator = new TaskOrchestrator({ modules: registry() });
  expect((await orchestrator.executeTask({ module: "apart", action: "go" })).data).toBe("gone");
  expect(here.loadedHere).toBe(true);
});

describe("a module whose file never ends to load", () => {
  const stuck = { module: "stuck", action: "go", maxRetries: 0 };

  it("gives slot and worker back when its task times out or is cancelled, and does not hold up closing", async () => {
    const modules = new ModuleRegistry({ parent: registry() });
    const rig = new OrchestratorRig({ modules, maxWorkers: 1 });
    modules.register("rec", "ok", () => "done");
    const late = rig.orchestrator.submitTask({ ...stuck, timeoutMs: 1000 });
    const cancelled = rig.orchestrator.submitTask({ ...stuck, cache: true });
    const next = rig.orchestrator.submitTask({ module: "rec", action: "ok" });
    await rig.settle();
    rig.clock.advance(1000);
    await rig.settle();
    rig.orchestrator.cancelTask(cancelled);
    await rig.settle();
    const statuses = [late, cancelled, next].map((id) => rig.orchestrator.getTaskStatus(id));
    expect(statuses).toEqual(["timeout", "cancelled", "completed"]);
    expect(rig.orchestrator.runtime.running).toBe(0);
  });

  it("gives the worker of an executor back when its signal aborts", async () => {
    const modules = registry().register("rec", "ok", () => "done");
    await using executor = new ParallelExecutor({ modules, maxWorkers: 1 });
    const controller = new AbortController();
    const call = executor.executeTaskGroup([{ name: "a", ...stuck }], { signal: controller.signal });
    await new Promise(setImmediate);
    controller.abort(new Error("enough"));
    expect((await call)[0]?.status).toBe("cancelled");
    const [next] = await executor.executeTaskGroup([{ name: "b", module: "rec", action: "ok" }]);
    expect(next?.result).toBe("done");
  });

  it("may fail after its task has ended, which nobody hears of but the next", async () => {
    const rig = new OrchestratorRig({ modules: registry() });
    const late = { module: "late", action: "go", maxRetries: 0 };
    const first = rig.orchestrator.submitTask({ ...late, timeoutMs: 1000 });
    await rig.settle();
    while (!here.goOn) await new Promise(setImmediate);
    rig.clock.advance(1000);
    await rig.settle();
    expect(rig.orchestrator.getTaskStatus(first)).toBe("timeout");
    here.goOn();
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    const second = rig.orchestrator.submitTask(late);
    while (rig.orchestrator.getTaskStatus(second) !== "failed") await rig.settle();
    expect(rig.orchestrator.getTaskResult(second)?.errorCode).toBe("MODULE_LOAD_FAILED");
  });
});
