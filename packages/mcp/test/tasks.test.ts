import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { policyOf } from "../src/policy.ts";
import { ASKABLE, accept, aHost, sitDown, TASKS } from "./person-wire.ts";
import { sandbox } from "./sandbox.ts";

const folder = sandbox();
const BOTH = { ...TASKS, ...ASKABLE };
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const MOST_LOOKS = 200;

type Client = Awaited<ReturnType<typeof sitDown>>;

/** A task once it `is` so. */
async function taskWhen(client: Client, taskId: string, is: (task: { status: string }) => boolean) {
  for (let look = 0; look < MOST_LOOKS; look++) {
    const { result } = await client.ask("tasks/get", { taskId });
    if (is(result)) return result;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error("The task did not come so far");
}
const ended = (client: Client, taskId: string) =>
  taskWhen(client, taskId, ({ status }) => !["working", "input_required"].includes(status));
const asked = (client: Client, taskId: string) =>
  taskWhen(client, taskId, ({ status }) => status === "input_required");

describe("a client that follows tasks", () => {
  it("gets one for a long tool, and by it what the tool gives", async () => {
    await using host = aHost(folder());
    await using client = await sitDown(host, "modern", TASKS, {
      policy: { ...policyOf("author"), actions: ["core.echo"] },
    });
    const step = { name: "a", module: "core", action: "echo", parameters: { message: "hi" } };
    const calls = {
      execute_workflow: { workflow_name: "plain" },
      execute_task: { ...step, name: "one", priority: "high" },
      create_complex_workflow: { name: "c", workflow_definition: { steps: [step] } },
    };
    for (const [name, args] of Object.entries(calls)) {
      const { result: task } = await client.ask("tools/call", { name, arguments: args });
      expect(task, name).toMatchObject({
        resultType: "task",
        status: "working",
        taskId: expect.stringMatching(UUID),
        createdAt: expect.any(String),
        lastUpdatedAt: expect.any(String),
        ttlMs: 3_600_000,
        pollIntervalMs: 500,
      });
      const end = await ended(client, task.taskId);
      expect(end, name).toMatchObject({
        resultType: "complete",
        taskId: task.taskId,
        status: "completed",
        result: { isError: false, structuredContent: { success: true, metadata: { tool_name: name } } },
      });
      expect(JSON.parse(end.result.content[0].text)).toEqual(end.result.structuredContent);
      // By whatever way it is run, it gives the same.
      await using waiting = await sitDown(
        host,
        "modern",
        {},
        {
          policy: { ...policyOf("author"), actions: ["core.echo"] },
        },
      );
      const { result } = await waiting.ask("tools/call", { name, arguments: args });
      const shapeOf = ({ data, metadata }: { data: object; metadata: object }) =>
        [Object.keys(data), Object.keys(metadata)]
          .flat()
          // That of a task is a run, which has an id.
          .filter((key) => key !== "execution_id")
          .sort();
      expect(shapeOf(end.result.structuredContent), name).toEqual(shapeOf(result.structuredContent));
    }
    expect(host.workflowManager.listExecutions().map(({ id }) => id)).not.toContain(
      expect.stringMatching(UUID),
    );
  });

  it("gets a result where there is nothing to follow", async () => {
    await using host = aHost(folder());
    await using client = await sitDown(host, "modern", TASKS);
    for (const [name, args, isError] of [
      ["execute_workflow", { workflow_name: "none" }, true],
      ["execute_workflow", { workflow_name: "plain", wait: false }, false],
      ["execute_task", { name: "x", module: "core", action: "echo" }, true],
      ["list_workflows", {}, false],
    ] as const) {
      const { result } = await client.ask("tools/call", { name, arguments: args });
      expect(result, name).toMatchObject({ resultType: "complete", isError });
    }
  });

  it("is told of a failed run as of a result, and of the same end for ever", async () => {
    await using host = aHost(folder());
    const again = Promise.withResolvers<string>();
    host.modules.register("work", "try", (_parameters, { attempt }) => {
      if (attempt === 1) throw new Error("no");
      return again.promise;
    });
    host.workflowManager.createWorkflow("tries", [
      { name: "a", module: "work", action: "try", max_retries: 0 },
    ]);
    await using client = await sitDown(host, "modern", TASKS);
    const { result: task } = await client.run("tries");
    const end = await ended(client, task.taskId);
    expect(end).toMatchObject({ status: "completed", result: { isError: true } });
    expect(end.result.structuredContent.error).toMatchObject({ error_code: "TASK_EXECUTION_FAILED" });
    const { execution_id } = end.result.structuredContent.data;
    await host.workflowManager.resumeExecution(execution_id);
    expect((await client.ask("tasks/get", { taskId: task.taskId })).result).toEqual(end);
    again.resolve("yes");
    expect(await host.waitForWorkflow(execution_id)).toMatchObject({ success: true });
    expect((await client.ask("tasks/get", { taskId: task.taskId })).result).toEqual(end);
    expect((await client.ask("tasks/cancel", { taskId: task.taskId })).result).toMatchObject({});
    expect((await client.ask("tasks/get", { taskId: task.taskId })).result).toEqual(end);
  });

  it("cancels one, and again, and it stays cancelled", async () => {
    await using host = aHost(folder());
    await using client = await sitDown(host, "modern", TASKS);
    const { result: task } = await client.run("gate");
    for (let count = 0; count < 2; count++)
      expect((await client.ask("tasks/cancel", { taskId: task.taskId })).result).toEqual({
        resultType: "complete",
        _meta: expect.anything(),
      });
    const end = await ended(client, task.taskId);
    expect(end.status).toBe("cancelled");
    expect(end).not.toHaveProperty("result");
  });

  it("is asked what the run waits for, and the run goes on with what is said", async () => {
    await using host = aHost(folder());
    await using client = await sitDown(host, "modern", BOTH);
    const { result: task } = await client.run("twice");
    const waiting = await asked(client, task.taskId);
    const [key = ""] = Object.keys(waiting.inputRequests);
    expect(waiting.inputRequests[key]).toMatchObject({
      method: "elicitation/create",
      params: { message: expect.stringContaining("Ship it?") },
    });
    const update = (inputResponses: object) =>
      client.ask("tasks/update", { taskId: task.taskId, inputResponses });
    for (const said of [{}, { other: accept({ decision: "approve" }) }, { [key]: { action: "decline" } }])
      expect((await update(said)).error).toBeUndefined();
    expect(Object.keys((await asked(client, task.taskId)).inputRequests)).toEqual([key]);
    await update({ [key]: accept({ decision: "approve" }) });
    const second = await asked(client, task.taskId);
    expect(second.inputRequests).not.toHaveProperty(key);
    // Said again, or otherwise, it changes nothing.
    await update({ [key]: accept({ decision: "reject" }) });
    expect((await asked(client, task.taskId)).inputRequests).toEqual(second.inputRequests);
    const [last = ""] = Object.keys(second.inputRequests);
    await update({ [last]: accept({ decision: "approve" }) });
    expect(await ended(client, task.taskId)).toMatchObject({
      status: "completed",
      result: { isError: false },
    });
  });

  it("is told how a person can answer where it cannot ask", async () => {
    await using host = aHost(folder());
    await using client = await sitDown(host, "modern", TASKS);
    const { result: task } = await client.run("gate");
    const waiting = await taskWhen(client, task.taskId, (each) =>
      String((each as { statusMessage?: string }).statusMessage).includes("waits for a person"),
    );
    expect(waiting).toMatchObject({
      status: "working",
      statusMessage: expect.stringContaining("orch execution answer"),
    });
  });
});

describe("a task", () => {
  it("is unknown to who guesses its id, and to other callers", async () => {
    await using host = aHost(folder());
    await using client = await sitDown(host, "modern", TASKS);
    const { result: task } = await client.run("plain");
    const { result: run } = await client.run("plain", { arguments: { workflow_name: "plain", wait: false } });
    const { execution_id } = run.structuredContent.data;
    const foreign = await host.handles?.create({
      ...{ caller: "somebody else", tool: "execute_workflow", executionId: execution_id, facts: {} },
    });
    const guesses = fc.oneof(
      fc.uuid(),
      fc.string({ maxLength: 128 }),
      fc.constantFrom(foreign, execution_id, task.taskId.toUpperCase(), `${task.taskId} `),
    );
    const answers = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        guesses,
        fc.constantFrom("tasks/get", "tasks/cancel", "tasks/update"),
        async (taskId, method) => {
          fc.pre(taskId !== task.taskId);
          const { error } = await client.ask(method, { taskId });
          expect(error).toMatchObject({ code: -32602, data: { taskId: String(taskId).slice(0, 64) } });
          answers.add(error.message);
        },
      ),
      { numRuns: 60 },
    );
    expect([...answers]).toEqual(["Unknown task"]);
  });

  it("is asked for only by who says that he follows tasks", async () => {
    await using host = aHost(folder());
    await using client = await sitDown(host, "modern", TASKS);
    const { result: task } = await client.run("plain");
    await using other = await sitDown(host, "modern", {});
    for (const method of ["tasks/get", "tasks/cancel", "tasks/update"])
      expect((await other.ask(method, { taskId: task.taskId })).error).toMatchObject({
        code: -32021,
        data: { requiredCapabilities: TASKS },
      });
    await using legacy = await sitDown(host, "legacy", TASKS);
    expect((await legacy.run("plain")).result).not.toHaveProperty("taskId");
    expect((await legacy.ask("tasks/get", { taskId: task.taskId })).error.code).toBeLessThan(0);
  });

  it("is not touched under a policy that does not allow its tool any more", async () => {
    await using host = aHost(folder());
    await using client = await sitDown(host, "modern", BOTH);
    const { result: task } = await client.run("gate");
    const { inputRequests } = await asked(client, task.taskId);
    const [key = ""] = Object.keys(inputRequests);
    await using later = await sitDown(host, "modern", BOTH, { policy: policyOf("read") });
    const inputResponses = { [key]: accept({ decision: "approve" }) };
    for (const [method, more] of [
      ["tasks/cancel", {}],
      ["tasks/update", { inputResponses }],
    ] as const)
      expect((await later.ask(method, { taskId: task.taskId, ...more })).error).toMatchObject({
        code: -32600,
        data: { error_code: "PERMISSION_DENIED", rule: "level" },
      });
    expect((await later.ask("tasks/get", { taskId: task.taskId })).result.status).toBe("input_required");
  });
});
