import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { memoryStore, newId, StorageError, type Store } from "@orch/core";
import { ManualClock } from "@orch/core/testing";
import { TaskOrchestrator } from "@orch/tasks";
import { WorkflowManager } from "@orch/workflows";
import { describe, expect, it } from "vitest";
import type { ProjectManager } from "../src/project-manager.ts";
import { putNote, readNote } from "../src/run-note.ts";
import { fileOf, managers, readFileOf, sandbox, seeing } from "./sandbox.ts";

const folder = sandbox();
const open = managers();
const step = (action: string) => [{ name: "a", module: "rec", action, max_retries: 0 }];

/** Resolves when the next run that ends is counted in the file of its project. */
const whenCounted = (manager: ProjectManager) =>
  new Promise<void>((done) =>
    manager.events.on("project_updated", ({ changed }) => {
      if (changed.includes("metrics")) done();
    }),
  );

/** A project `pp` that has the workflows `see` and `boom`. */
function aProject(base = folder(), store?: Store) {
  const { modules, seen } = seeing();
  const opened = open(base, { modules, ...(store ? { store } : {}) });
  const project = opened.manager.createProject("pp", { config: { depth: 3 } });
  for (const action of ["see", "boom"])
    opened.manager.workflowManager.createWorkflow(action, step(action), false);
  opened.manager.updateProject("pp", { workflows: ["see", "boom", "missing"] });
  return { ...opened, base, project, seen };
}

describe("executeProjectWorkflow", () => {
  it("refuses an unknown project, and a workflow that the project has not (PRJ-07)", async () => {
    const { manager } = aProject();
    expect(await manager.executeProjectWorkflow("x", "w")).toMatchObject({
      success: false,
      error: 'Project "x" not found',
      error_code: "PROJECT_NOT_FOUND",
      error_type: "ProjectNotFoundError",
      details: { available: ["pp"] },
      execution_id: null,
    });
    expect(await manager.executeProjectWorkflow("pp", "w")).toMatchObject({
      success: false,
      error: 'Workflow "w" not available for project "pp"',
      error_type: "ProjectManagementError",
      details: { available: ["see", "boom", "missing"] },
    });
  });

  it("counts each run and shows its steps the project (PRJ-07)", async () => {
    const { manager, seen, project, events } = aProject();
    for (const x of [1, 2])
      expect(await manager.executeProjectWorkflow("pp", "see", { x })).toMatchObject({ success: true });
    const about = { project_name: "pp", project_path: project.path, project_config: { depth: 3 } };
    expect(seen).toEqual([
      { ...about, x: 1 },
      { ...about, x: 2 },
    ]);
    expect(readFileOf(project.path)).toMatchObject({
      active_workflows: [],
      metrics: { workflow_executions: 2, last_workflow_execution: expect.stringMatching(/\+00:00$/) },
    });
    expect(events.slice(-2)).toMatchObject([
      { type: "project_updated", changed: ["active_workflows"] },
      { type: "project_updated", changed: ["active_workflows", "metrics"] },
    ]);
  });

  it("has the workflow among the active ones meanwhile, in the file too", async () => {
    const { manager, project } = aProject();
    const during: unknown[] = [];
    manager.workflowManager.events.on("step_started", () => {
      during.push(manager.getProject("pp")?.activeWorkflows, readFileOf(project.path)["active_workflows"]);
    });
    await manager.executeProjectWorkflow("pp", "see");
    expect(during).toEqual([["see"], ["see"]]);
    expect(manager.getProject("pp")?.activeWorkflows).toEqual([]);
  });

  it("counts a run that failed, and none that never began", async () => {
    const { manager, project } = aProject();
    expect(await manager.executeProjectWorkflow("pp", "boom")).toMatchObject({
      success: false,
      error: expect.stringMatching(/^Workflow execution failed: .*boom!/),
    });
    expect(await manager.executeProjectWorkflow("pp", "missing")).toMatchObject({
      error_code: "WORKFLOW_NOT_FOUND",
    });
    const lossy = { at: Number.NaN };
    expect(await manager.executeProjectWorkflow("pp", "see", lossy)).toMatchObject({
      error_code: "INVALID_PARAMETERS",
    });
    expect(await manager.executeProjectWorkflow("pp", "see", null as never)).toMatchObject({
      success: false,
    });
    expect(readFileOf(project.path)).toMatchObject({
      active_workflows: [],
      metrics: { workflow_executions: 1 },
    });
  });

  it("counts runs of one project at the same time, each once", async () => {
    const { manager, project } = aProject();
    const runs = Array.from({ length: 8 }, (_, at) =>
      manager.executeProjectWorkflow("pp", at % 2 ? "see" : "boom"),
    );
    await Promise.all(runs);
    expect(readFileOf(project.path)).toMatchObject({
      active_workflows: [],
      metrics: { workflow_executions: 8 },
    });
  });

  it("is what startProjectWorkflow starts: the end is counted whoever waits for it", async () => {
    const { manager, project } = aProject();
    const counted = whenCounted(manager);
    const id = await manager.startProjectWorkflow("pp", "see");
    expect((await manager.workflowManager.waitForExecution(id))?.status).toBe("completed");
    await counted;
    expect(readFileOf(project.path)).toMatchObject({
      active_workflows: [],
      metrics: { workflow_executions: 1 },
    });
    await expect(manager.startProjectWorkflow("pp", "w")).rejects.toMatchObject({ code: "PROJECT_ERROR" });
    await expect(manager.startProjectWorkflow("x", "w")).rejects.toMatchObject({ code: "PROJECT_NOT_FOUND" });
  });
});

describe("the end of a run", () => {
  /** A project over a store that somebody else may hold, and workflows over another one. */
  function aHeldProject() {
    const store = memoryStore();
    let [isHeld, refused] = [false, 0];
    const transact: Store["transact"] = (work) => {
      if (!isHeld) return store.transact(work);
      refused++;
      throw new StorageError("busy", { code: "STORE_LOCKED" });
    };
    const held = new Proxy(store, {
      get(target, key) {
        const value: unknown = key === "transact" ? transact : Reflect.get(target, key);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const { modules } = seeing();
    const runtime = new TaskOrchestrator({ store: memoryStore(), modules }).runtime;
    runtime.resume();
    const workflowManager = new WorkflowManager({ runtime });
    workflowManager.createWorkflow("see", step("see"), false);
    const opened = open(folder(), { store: held, workflowManager });
    const { path } = opened.manager.createProject("pp");
    opened.manager.updateProject("pp", { workflows: ["see"] });
    const hold = (value: boolean) => {
      isHeld = value;
    };
    return { ...opened, workflowManager, path, hold, refused: () => refused };
  }

  it("holds nobody up while somebody else has the store: it is counted when that one has let go", async () => {
    const { manager, workflowManager, clock, path, hold, refused } = aHeldProject();
    const ended = new Promise((done) => workflowManager.events.on("workflow_completed", done));
    const counted = whenCounted(manager);
    const id = await manager.startProjectWorkflow("pp", "see");
    hold(true);
    await ended;
    for (let turn = 0; turn < 3; turn++) await setImmediate();
    expect([refused(), readFileOf(path)["metrics"]]).toEqual([1, {}]);
    expect(manager.getProject("pp")).toMatchObject({
      activeWorkflows: [],
      metrics: { workflow_executions: 1 },
    });
    hold(false);
    clock.advance(20);
    await counted;
    expect(readFileOf(path)).toMatchObject({ metrics: { workflow_executions: 1 }, active_workflows: [] });
    expect((await workflowManager.waitForExecution(id))?.success).toBe(true);
  });

  it("is counted before the manager has closed", async () => {
    const { manager, workflowManager, path } = aHeldProject();
    const ended = new Promise((done) => workflowManager.events.on("workflow_completed", done));
    await manager.startProjectWorkflow("pp", "see");
    await ended;
    await manager.close();
    expect(readFileOf(path)).toMatchObject({ metrics: { workflow_executions: 1 } });
  });

  it("does not hold up the start of a run, which waits as long", async () => {
    const { manager, clock, hold, refused } = aHeldProject();
    hold(true);
    const run = manager.executeProjectWorkflow("pp", "see");
    await setImmediate();
    expect(refused()).toBe(1);
    hold(false);
    clock.advance(20);
    expect(await run).toMatchObject({ success: true });
  });
});

describe("a run whose process is killed", () => {
  it("is active no more, and counted once when it has been resumed and has ended", async () => {
    const base = folder();
    const script = fileURLToPath(new URL("./run-and-die.ts", import.meta.url));
    const child = spawn(process.execPath, ["--conditions=@orch/source", script, base], { stdio: "inherit" });
    expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
    const path = join(base, "projects", "pp");
    expect(readFileOf(path)).toMatchObject({ active_workflows: ["doomed"], metrics: {} });

    const { modules } = seeing();
    modules.register("deadly", "act", () => "done");
    const { manager } = open(base, { modules });
    expect(manager.getProject("pp")).toMatchObject({ activeWorkflows: [], metrics: {} });
    manager.addProjectMilestone("pp", "m");
    expect(readFileOf(path)).toMatchObject({ active_workflows: [] });
    const counted = whenCounted(manager);
    const { resumed } = await manager.workflowManager.recover();
    expect(resumed).toHaveLength(1);
    await counted;
    expect(readFileOf(path)).toMatchObject({ active_workflows: [], metrics: { workflow_executions: 1 } });
  });

  it("is counted once, wherever between the steps of counting it was killed", async () => {
    const { manager, project, base } = aProject();
    const { execution_id } = await manager.executeProjectWorkflow("pp", "see");
    const store = manager["parts"].store;
    const counted = readFileOf(project.path);
    const note = { project: "pp", workflow: "see", noted_at: 0, count: null, ended_at: null };
    const id = execution_id ?? "";
    // Killed before the intent: what the file says was before.
    store.transact((tx) => putNote(tx, { id, note }));
    writeFileSync(
      fileOf(project.path),
      JSON.stringify({ ...counted, metrics: {}, active_workflows: ["see"] }),
    );
    const seen = open(base, { store, workflowManager: manager.workflowManager }).manager;
    expect(seen.getProject("pp")).toMatchObject({ activeWorkflows: [], metrics: { workflow_executions: 1 } });
    expect(readFileOf(project.path)).toMatchObject({ metrics: {} });
    seen.addProjectMilestone("pp", "m");
    expect(readFileOf(project.path)).toMatchObject({
      metrics: { workflow_executions: 1 },
      active_workflows: [],
    });
    expect(readNote(id, store)).toBeNull();
    // Killed behind the file, before the note was deleted.
    store.transact((tx) => putNote(tx, { id, note: { ...note, count: 1, ended_at: 5 } }));
    seen.addProjectMilestone("pp", "n");
    expect(readFileOf(project.path)).toMatchObject({ metrics: { workflow_executions: 1 } });
    expect(readNote(id, store)).toBeNull();
  });

  it("is forgotten where it never began, after a minute", () => {
    const store = memoryStore();
    const clock = new ManualClock();
    const base = folder();
    const workflowManager = new WorkflowManager({ runtime: new TaskOrchestrator({ store, clock }).runtime });
    const { manager } = open(base, { store, clock, workflowManager });
    const { path } = manager.createProject("p");
    const id = newId();
    const note = { project: "p", workflow: "w", noted_at: clock.now(), count: null, ended_at: null };
    store.transact((tx) => putNote(tx, { id, note }));
    expect(manager.getProject("p")?.activeWorkflows).toEqual(["w"]);
    clock.advance(61_000);
    expect(manager.getProject("p")?.activeWorkflows).toEqual([]);
    manager.addProjectMilestone("p", "m");
    expect(readNote(id, store)).toBeNull();
    expect(readFileOf(path)).toMatchObject({ metrics: {}, active_workflows: [] });
  });
});
