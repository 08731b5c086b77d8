import { describe, expect, it } from "vitest";
import { questionId } from "../src/open-question.ts";
import { policyOf } from "../src/policy.ts";
import { ASKABLE, accept, aHost, sitDown, TASKS } from "./person-wire.ts";
import { sandbox } from "./sandbox.ts";
import { META, StdioWire } from "./stdio-wire.ts";

const folder = sandbox();
const CAPABILITIES = "io.modelcontextprotocol/clientCapabilities";
const completion = (ref: object, name: string) => ({ ref, argument: { name, value: "" } });

describe("what fails inside", () => {
  it.each([
    ["tasks/get", { taskId: "x" }],
    ["tasks/update", { taskId: "x" }],
    ["tasks/cancel", { taskId: "x" }],
    ["completion/complete", completion({ type: "ref/resource", uri: "orch://workflows/{name}" }, "name")],
    ["completion/complete", completion({ type: "ref/prompt", name: "review_workflow" }, "workflow_name")],
    ["resources/read", { uri: "orch://status" }],
    ["prompts/get", { name: "review_workflow", arguments: { workflow_name: "x" } }],
    ["tools/call", { name: "list_workflows", arguments: {} }],
  ])("is answered to %s without its words, which are in the log", async (method, params) => {
    const secret = "/home/somebody/state.db holds p4ss";
    const logged: string[] = [];
    const log = (_: string, fields?: object) => void logged.push(JSON.stringify(fields));
    const open = () => {
      throw new Error(secret);
    };
    const logger = { debug() {}, info() {}, warn() {}, error: log };
    await using wire = new StdioWire(open, { logger, baseDir: folder() });
    const _meta = { ...META, [CAPABILITIES]: TASKS };
    const answer = JSON.stringify(await wire.ask({ id: 1, method, params: { ...params, _meta } }));
    expect(answer).toMatch(/"code":-32603|"isError":true/);
    expect(answer).not.toMatch(/somebody|p4ss/);
    expect(logged.join()).toContain(secret);
  });
});

it("a run whose handle cannot be kept is told by its id", async () => {
  const host = aHost(folder());
  await using _ = host;
  const handles = { ...host.handles, create: () => Promise.reject(new Error("/disk/full")) };
  await using client = await sitDown(Object.assign(host, { handles }), "modern", TASKS);
  const { result } = await client.run("plain");
  const { execution_id } = result.structuredContent.data;
  expect(result).toMatchObject({ isError: false, structuredContent: { success: true } });
  expect(await host.waitForWorkflow(execution_id)).toMatchObject({ success: true });
});

it("a question that no client is asked takes no answer from one", async () => {
  await using host = aHost(folder());
  await using client = await sitDown(host, "modern", { ...TASKS, ...ASKABLE }, { policy: policyOf("run") });
  const { result: task } = await client.run("secret");
  const asked = async () => {
    const [run] = host.workflowManager.listExecutions();
    return host.workflowManager.openQuestions(run?.id ?? "");
  };
  let open = await asked();
  for (let look = 0; look < 200 && open.length === 0; look++) {
    await new Promise((resolve) => setImmediate(resolve));
    open = await asked();
  }
  const [question] = open;
  if (!question) throw new Error("Nothing is asked");
  const inputResponses = { [questionId(question)]: accept({ password: "p4ss" }) };
  await client.ask("tasks/update", { taskId: task.taskId, inputResponses });
  expect(await asked()).toEqual([question]);
});

describe("the workflow that a new project runs at once", () => {
  const call = { name: "create_project", arguments: { name: "p", execute_workflow: "ai-analysis" } };
  const begin = (host: ReturnType<typeof aHost>, step: object) =>
    host.workflowManager.createWorkflow("ai-analysis", [{ name: "a", max_retries: 0, ...step }] as never);

  it("is a run of the caller, and the call does not wait for a person", async () => {
    await using host = aHost(folder());
    begin(host, { module: "human", action: "approval", parameters: { message: "Go?" } });
    await using client = await sitDown(host, "modern", ASKABLE);
    const { result } = await client.ask("tools/call", call);
    const [run] = host.workflowManager.listExecutions();
    expect(result).toMatchObject({
      resultType: "complete",
      structuredContent: {
        data: { project_name: "p", execution_id: run?.id, waiting: { step: "a" } },
        error: { error_code: "APPROVAL_REQUIRED" },
      },
    });
    expect(host.runs?.callerOf(run?.id ?? "")).toBe("stdio");
  });

  it("is cancelled with the call", async () => {
    await using host = aHost(folder());
    const begun = Promise.withResolvers<void>();
    const told = Promise.withResolvers<void>();
    host.modules.register("work", "wait", (_parameters, { signal }) => {
      begun.resolve();
      return new Promise((_resolve, reject) =>
        signal.addEventListener("abort", () => {
          told.resolve();
          reject(signal.reason);
        }),
      );
    });
    begin(host, { module: "work", action: "wait" });
    await using client = await sitDown(host, "legacy", {});
    client.wire.write({ jsonrpc: "2.0", id: "make", method: "tools/call", params: call });
    await begun.promise;
    client.wire.write({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: "make" } });
    await told.promise;
    const [run] = host.workflowManager.listExecutions();
    await host.waitForWorkflow(run?.id ?? "");
    expect(host.workflowManager.standingOf(run?.id ?? "")).toBe("cancelled");
  });
});

it("progress of a resumed run grows also behind a question", async () => {
  await using host = aHost(folder());
  let fails = true;
  host.modules.register("work", "once", () => {
    if (fails) throw new Error("not yet");
  });
  const echo = (name: string, ...dependencies: string[]) => ({
    name,
    module: "core",
    action: "echo",
    dependencies,
  });
  host.workflowManager.createWorkflow("parts", [
    { name: "once", module: "work", action: "once", max_retries: 0 },
    echo("b", "once"),
    echo("c", "b"),
    { name: "ok", module: "human", action: "approval", parameters: { message: "?" }, dependencies: ["c"] },
    echo("d", "ok"),
  ] as never);
  await using client = await sitDown(host, "legacy", ASKABLE);
  const first = (await client.run("parts")).result.structuredContent.data;
  fails = false;
  const resumed = client.ask("tools/call", {
    name: "resume_execution",
    arguments: { execution_id: first.execution_id },
    _meta: { progressToken: "p" },
  });
  await client.say(accept({ decision: "approve" }));
  expect((await resumed).result).toMatchObject({ isError: false });
  const told = client.wire.messages.flatMap(({ method, params }) =>
    method === "notifications/progress" ? [(params as { progress: number }).progress] : [],
  );
  expect(told).not.toEqual([]);
  expect(told).toEqual([...new Set(told)].sort((a, b) => a - b));
});
