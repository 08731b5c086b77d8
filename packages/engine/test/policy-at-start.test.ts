import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AuditFile,
  actionGate,
  decide,
  ModuleRegistry,
  newId,
  noopLogger,
  OrchestrationEngine,
  type Policy,
  policyOf,
  runTool,
  systemClock,
  TOOLS,
  verifyAudit,
} from "@orch/engine";
import { afterEach, beforeEach, expect, it } from "vitest";

let baseDir = "";
beforeEach(() => {
  baseDir = realpathSync(mkdtempSync(join(tmpdir(), "orch-start-")));
});
afterEach(() => rmSync(baseDir, { recursive: true, force: true }));

/** An engine that serves one caller under a policy, as the server does; `called` are the actions that were called. */
function serve(policy: Policy, { caller = "stdio", fails = false } = {}) {
  const called: string[] = [];
  const modules = new ModuleRegistry();
  for (const action of ["mark", "other", "broken"])
    modules.register("work", action, () => {
      called.push(action);
      if (action === "broken" && fails) throw new Error("broken");
      return "done";
    });
  const audit = new AuditFile(join(baseDir, ".workflows", "audit.log"));
  const engine: OrchestrationEngine = new OrchestrationEngine({
    baseDir,
    modules,
    actionGate: actionGate({ policy, audit, clock: systemClock, runs: () => engine.runs }),
  });
  const call = (name: string, args: Record<string, unknown>) => {
    const tool = TOOLS.find((each) => each.name === name);
    if (!tool) throw new Error(name);
    return runTool(tool, args, {
      host: () => engine,
      ...{ caller, level: policy.level, audit, baseDir, newId, limit: null, budget: null },
      decide: (asked, input, asks) => decide(policy, asked, input, asks),
      ...{ clock: systemClock, logger: noopLogger },
    });
  };
  return { engine, call, called, [Symbol.asyncDispose]: () => engine.shutdown() };
}

const auditOf = () => {
  const path = join(baseDir, ".workflows", "audit.log");
  expect(verifyAudit(path)).toEqual([]);
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line)).map(({ tool, outcome, rule }) => [tool, outcome, rule]);
};
const step = (name: string, action: string) => ({ name, module: "work", action, max_retries: 0 });
const FAILS = { ...policyOf("author"), actions: ["work.mark", "work.broken"] };

it("lets no workflow run another one that is not allowed, whoever has written it", async () => {
  await using served = serve({ ...policyOf("run"), workflows: ["outer"] });
  served.engine.workflowManager.createWorkflow("inner", [step("a", "other")]);
  served.engine.workflowManager.createWorkflow("outer", [
    step("first", "mark"),
    { name: "nested", module: "workflow", action: "run", parameters: { workflow: "inner" } },
  ]);
  const result = await served.call("execute_workflow", { workflow_name: "outer" });
  expect(result).toMatchObject({ success: false, error: { error_code: "PERMISSION_DENIED" } });
  expect(served.called).toEqual(["mark"]);
  expect(auditOf()).toEqual([
    ["execute_workflow", "allowed", "level:run"],
    ["step", "denied", "workflows"],
  ]);
});

it("lets what callers have written call what they may compose, unless the policy names it", async () => {
  {
    await using served = serve({ ...policyOf("author"), actions: ["work.mark"] });
    await served.call("create_workflow", { name: "theirs", steps: [step("a", "mark")] });
    expect(await served.call("execute_workflow", { workflow_name: "theirs" })).toMatchObject({
      success: true,
    });
  }
  {
    await using served = serve(policyOf("author"));
    const result = await served.call("execute_workflow", { workflow_name: "theirs" });
    expect(result.error).toMatchObject({ error_code: "PERMISSION_DENIED" });
    expect(served.called).toEqual([]);
    served.engine.workflowManager.createWorkflow("ours", [step("a", "mark")]);
    expect(await served.call("execute_workflow", { workflow_name: "ours" })).toMatchObject({ success: true });
  }
  await using served = serve({ ...policyOf("run"), workflows: ["theirs"] });
  expect(await served.call("execute_workflow", { workflow_name: "theirs" })).toMatchObject({ success: true });
});

it("asks again when a run goes on: for its workflow, and for the actions that its caller has composed", async () => {
  const ids: string[] = [];
  {
    await using served = serve(FAILS, { fails: true });
    served.engine.workflowManager.createWorkflow("flow", [step("a", "mark"), step("b", "broken")]);
    const run = await served.call("execute_workflow", { workflow_name: "flow" });
    const workflow_definition = { steps: [step("a", "mark"), step("b", "broken")] };
    const composed = await served.call("create_complex_workflow", { name: "c", workflow_definition });
    ids.push(String(run.data?.["execution_id"]), String(composed.data?.["execution_id"]));
  }
  const [named, composed] = ids;
  const tries = [
    [named, { ...FAILS, workflows: ["x"] }, "workflows"],
    [composed, { ...FAILS, actions: ["work.mark"] }, "actions"],
    [composed, { ...FAILS, level: "run" }, "level"],
  ] satisfies [string | undefined, Policy, string][];
  for (const [execution_id, policy, rule] of tries) {
    await using served = serve(policy);
    const { error } = await served.call("resume_execution", { execution_id });
    expect(error).toMatchObject({ error_code: "PERMISSION_DENIED", error_details: { rule } });
    expect(served.called).toEqual([]);
    expect(auditOf().slice(-2)).toEqual([
      ["resume_execution", "allowed", "level:run"],
      ["resume_execution", "denied", rule],
    ]);
  }
  for (const execution_id of ids) {
    await using served = serve(FAILS);
    expect(await served.call("resume_execution", { execution_id })).toMatchObject({ success: true });
    expect(served.called).toEqual(["broken"]);
  }
});

it("refuses a task whose action is not allowed any more, without a further attempt", async () => {
  const start = { module: "work", action: "mark", name: "t", max_retries: 3 };
  await using served = serve(policyOf("author"));
  expect(await served.engine.executeTask(start)).toMatchObject({
    error_code: "PERMISSION_DENIED",
    result: { attempts: 1 },
  });
  expect(served.called).toEqual([]);
  expect(auditOf()).toEqual([["step", "denied", "actions"]]);
});

it("gives back only what the same caller has taken, also after a restart", async () => {
  const request = { user_id: "u", requirements: { cpu: { cores: 1 } }, timeout: 600 };
  let release = {};
  {
    await using served = serve(policyOf("run"), { caller: "a" });
    const taken = await served.call("allocate_resources", request);
    release = { user_id: "u", allocation_ids: taken.data?.["allocation_ids"] };
  }
  {
    await using other = serve(policyOf("full"), { caller: "b" });
    expect((await other.call("release_resources", release)).error).toMatchObject({
      error_code: "ALLOCATION_NOT_FOUND",
      error_details: { available: [] },
    });
  }
  await using served = serve(policyOf("run"), { caller: "a" });
  expect(await served.call("release_resources", release)).toMatchObject({ success: true });
  expect((await served.call("release_resources", release)).success).toBe(false);
});
