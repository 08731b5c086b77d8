import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { builtinRegistry } from "../src/default-registry.ts";
import { ModuleRegistry, type ModuleRegistryOptions } from "../src/module-registry.ts";
import { ParallelExecutor } from "../src/parallel-executor.ts";
import { TaskOrchestrator } from "../src/task-orchestrator.ts";
import { OrchestratorRig } from "./orchestrator-rig.ts";

/** Files that this test sees being loaded in this thread; each by its first load only. */
const MARKS = ["marks", "test", "bare_worker", "bare_process", "apart"];

const folder = mkdtempSync(join(tmpdir(), "orch-load-"));
const [beganFile, goOnFile] = [join(folder, "began"), join(folder, "go-on")];

/** What the top-level code of a file does before it exports its action. */
const FILES: Record<string, string> = {
  ...Object.fromEntries(MARKS.map((name) => [name, "globalThis.loadedHere = true;"])),
  exits: "process.exit(7);",
  fails: "throw new Error('not today');",
  stuck: "await new Promise(() => {});",
  spins: "for (;;);",
  killed: "process.kill(process.pid, 'SIGKILL');",
  forges: "const { writeSync } = await import('node:fs'); writeSync(3, 'no message at all');",
  late: `import { existsSync, writeFileSync } from "node:fs";
    writeFileSync(${JSON.stringify(beganFile)}, "");
    while (!existsSync(${JSON.stringify(goOnFile)})) await new Promise(setImmediate);
    throw new Error('too late');`,
};

for (const [name, code] of Object.entries(FILES))
  writeFileSync(
    join(folder, `${name}.mjs`),
    `${code}\nexport default { actions: { go: { run: () => "gone" }, other: { version: "1", run: () => "other" } } };\n`,
  );
/** The same with an action that says where it runs, and that the file was loaded here. */
for (const isolation of ["worker", "process"])
  for (const [name, code] of Object.entries({ ...FILES, says: "globalThis.loadedHere = true;" }))
    writeFileSync(
      join(folder, `${name}_${isolation}.mjs`),
      `${code}\nexport default { actions: { go: { isolation: "${isolation}", version: "2", run: (input) => ({ input }) } } };\n`,
    );
afterAll(() => rmSync(folder, { recursive: true }));

const here = globalThis as { loadedHere?: boolean };
beforeEach(() => {
  delete here.loadedHere;
});

const registry = (options: ModuleRegistryOptions = {}) =>
  new ModuleRegistry({ modulesDir: folder, parent: builtinRegistry(), ...options });

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
});

describe.each(["worker", "process"] as const)("an action that says %s", (isolation) => {
  it("keeps the code of its file out of the engine, also when its version is part of a cached result's key, where the registry says so", async () => {
    const modules = registry({ isolation });
    await using orchestrator = new TaskOrchestrator({ modules });
    const task = { module: `says_${isolation}`, action: "go", parameters: { n: 1 }, cache: true };
    const results = [await orchestrator.executeTask(task), await orchestrator.executeTask(task)];
    expect(results.map(({ data }) => data)).toEqual([{ input: { n: 1 } }, { input: { n: 1 } }]);
    expect(results[1]?.cached).toBe(true);
    expect(modules.listActions(task.module)).toEqual(["go"]);
    expect(modules.peek(task.module, "go")?.definition).toMatchObject({ isolation, version: "2", run: null });
    expect(here.loadedHere).toBeUndefined();
  });

  it("is loaded here for a task that says inline, and for who asks for its handler", async () => {
    const modules = registry({ isolation });
    await using orchestrator = new TaskOrchestrator({ modules });
    const task = { module: `says_${isolation}`, action: "go", parameters: { n: 1 } };
    expect((await orchestrator.executeTask(task)).data).toEqual({ input: { n: 1 } });
    const inline = await orchestrator.executeTask({ ...task, isolation: "inline" });
    expect(inline.data).toEqual({ input: { n: 1 } });
    expect(here.loadedHere).toBe(true);
    const handler = await registry({ isolation }).resolve(task.module, "go");
    expect(await handler({ n: 2 }, {} as never)).toEqual({ input: { n: 2 } });
  });
});

describe("a file of a registry that says process", () => {
  const endOf = async (name: string, options: { readonly loadTimeoutMs?: number } = {}) => {
    const modules = registry({ isolation: "process", ...options });
    await using orchestrator = new TaskOrchestrator({ modules });
    const bad = orchestrator.executeTask({ module: name, action: "go", maxRetries: 0 });
    const good = { module: "core", action: "echo", parameters: { message: 1 } };
    expect((await orchestrator.executeTask(good)).data).toBe(1);
    const { errorCode, error } = await bad;
    return [errorCode, error];
  };

  it.each([
    ["exits", /ended without a result \(exit code 7\)$/],
    ["fails", /: not today$/],
    ["killed", /died: killed by SIGKILL$/],
    ["forges", /died: /],
  ])("that %s when it is loaded fails its task, and stops nothing else", async (name, reason) => {
    expect(await endOf(name)).toEqual(["MODULE_LOAD_FAILED", expect.stringMatching(reason)]);
  });

  it.each(["spins", "stuck"])(
    "that %s when it is loaded is given up, and stops nothing else",
    async (name) => {
      const reason = expect.stringMatching(/its own code was still running after 500 ms$/);
      expect(await endOf(name, { loadTimeoutMs: 500 })).toEqual(["MODULE_LOAD_FAILED", reason]);
    },
  );
});

it("a registry that keeps all files out loads none of them here", async () => {
  const modules = registry({ isolation: "process" });
  await using orchestrator = new TaskOrchestrator({ modules });
  expect((await orchestrator.executeTask({ module: "apart", action: "go" })).data).toBe("gone");
  expect(modules.listActions("apart")).toEqual(["go", "other"]);
  expect(here.loadedHere).toBeUndefined();
});

it("a task that says nothing has its module's file loaded here, where its action says nothing either", async () => {
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

  it("is not waited for any longer when its task has ended, and looked at again for the next", async () => {
    const rig = new OrchestratorRig({ modules: registry({ isolation: "process" }) });
    const late = { module: "late", action: "go", maxRetries: 0 };
    const first = rig.orchestrator.submitTask({ ...late, timeoutMs: 1000 });
    await rig.settle();
    while (!existsSync(beganFile)) await new Promise(setImmediate);
    rig.clock.advance(1000);
    await rig.settle();
    expect(rig.orchestrator.getTaskStatus(first)).toBe("timeout");
    writeFileSync(goOnFile, "");
    const second = rig.orchestrator.submitTask(late);
    while (rig.orchestrator.getTaskStatus(second) !== "failed") await rig.settle();
    expect(rig.orchestrator.getTaskResult(second)?.error).toMatch(/: too late$/);
  });
});
