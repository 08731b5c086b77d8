import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { policyOf } from "../src/policy.ts";
import { sandbox } from "./sandbox.ts";
import { smallHost } from "./small-host.ts";
import { INITIALIZE, META, type Message, StdioWire } from "./stdio-wire.ts";

const folder = sandbox();
const ERAS: Record<"legacy" | "modern", { readonly _meta?: object }> = {
  legacy: {},
  modern: { _meta: META },
};
type Era = keyof typeof ERAS;

const echo = { name: "a", module: "core", action: "echo", parameters: { message: "hi" } };

/** A wire whose era is decided. */
async function open(era: Era, options = {}) {
  const host = smallHost(folder());
  host.workflowManager.createWorkflow("mw", [echo, { ...echo, name: "b", dependencies: ["a"] }]);
  const wire = new StdioWire(host, { policy: policyOf("full"), ...options });
  if (era === "legacy") await wire.ask({ id: "begin", ...INITIALIZE });
  let next = 1;
  const ask = (method: string, params: object = {}) =>
    wire.ask({ id: next++, method, params: { ...params, ...metaOf(era, params) } });
  const call = (name: string, args: object = {}) => ask("tools/call", { name, arguments: args });
  const close = async () => {
    await wire[Symbol.asyncDispose]();
    await host[Symbol.asyncDispose]();
  };
  return { host, wire, ask, call, [Symbol.asyncDispose]: close };
}

const metaOf = (era: Era, params: { readonly _meta?: object }) =>
  era === "legacy" && params._meta === undefined ? {} : { _meta: { ...ERAS[era]._meta, ...params._meta } };

const MALFORMED: readonly [string, string, number | null][] = [
  ["nothing", "", null],
  ["no JSON", "{oops", -32700],
  ["a batch", '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600],
  ["a scalar", "42", -32600],
  ["another protocol", '{"jsonrpc":"1.0","id":"x","method":"ping"}', -32600],
  ["no method", '{"jsonrpc":"2.0","id":"x"}', -32600],
  ["params that are none", '{"jsonrpc":"2.0","id":"x","method":"tools/list","params":3}', -32600],
  [
    "a bad token",
    '{"jsonrpc":"2.0","id":"x","method":"tools/list","params":{"_meta":{"progressToken":[]}}}',
    -32602,
  ],
  [
    "an unknown version",
    '{"jsonrpc":"2.0","id":"x","method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2099-01-01"}}}',
    -32022,
  ],
  [
    "a method that is unknown",
    `{"jsonrpc":"2.0","id":"x","method":"no/such","params":{"_meta":${JSON.stringify(META)}}}`,
    -32601,
  ],
];

describe.each(["legacy", "modern"] as const)("a connection of the %s era", (era) => {
  it("lists the tools and calls them, with the same as text", async () => {
    await using served = await open(era);
    const { result } = (await served.ask("tools/list")) as {
      result: { tools: { name: string; title: string }[] };
    };
    expect(result.tools).toHaveLength(22);
    expect(result.tools[0]).toMatchObject({ name: "execute_workflow", title: "Execute workflow" });
    const called = (await served.call("execute_workflow", { workflow_name: "mw" })) as Message & {
      result: { content: { text: string }[]; structuredContent: { data: { execution_id: string } } };
    };
    const { structuredContent, content } = called.result;
    expect(called.result).toMatchObject({ isError: false, structuredContent: { success: true } });
    expect(JSON.parse(content[0]?.text ?? "")).toEqual(structuredContent);
    expect(content[1]).toMatchObject({
      type: "resource_link",
      uri: `orch://executions/${structuredContent.data.execution_id}`,
    });
  });

  it("says errors of the work as results, and errors of the protocol as errors", async () => {
    await using served = await open(era);
    expect(await served.call("execute_workflow", { workflow_name: "no" })).toMatchObject({
      result: { isError: true, structuredContent: { error: { error_code: "WORKFLOW_NOT_FOUND" } } },
    });
    expect(await served.call("execute_workflow", {})).toMatchObject({
      result: { isError: true, structuredContent: { error: { error_code: "INVALID_PARAMETERS" } } },
    });
    expect(await served.call("execute_workflw")).toMatchObject({
      error: {
        code: -32602,
        message: "Unknown tool; did you mean 'execute_workflow'?",
        data: { known: expect.any(Array) },
      },
    });
    expect(await served.ask("tools/call", { name: "list_workflows", arguments: [1] })).toMatchObject({
      error: { code: -32602 },
    });
    expect(await served.ask("tools/list", { cursor: "zz" })).toMatchObject({ error: { code: -32602 } });
  });

  it.each(MALFORMED)("answers %s, and the next request works", async (_, line, code) => {
    await using served = await open(era);
    const before = served.wire.messages.length;
    served.wire.input.write(`${line}\n`);
    if (code !== null)
      expect(
        await served.wire.find(({ error }) => (error as { code?: number })?.code === code),
      ).toBeDefined();
    expect(await served.call("list_workflows")).toMatchObject({ result: { isError: false } });
    expect(served.wire.messages.length - before).toBe(code === null ? 1 : 2);
  });

  it("drops a line that is too long, and goes on", async () => {
    await using served = await open(era);
    const long = Buffer.alloc(1024 * 1024, "x");
    for (let count = 0; count < 9; count++) served.wire.input.write(long);
    served.wire.input.write("\n");
    await served.wire.find(({ error }) => (error as { code?: number })?.code === -32600);
    expect(await served.call("list_workflows")).toMatchObject({ result: { isError: false } });
  });

  it("tells how far a run is, ever further, and nothing behind the answer", async () => {
    await using served = await open(era);
    const params = {
      name: "execute_workflow",
      arguments: { workflow_name: "mw" },
      _meta: { progressToken: "t" },
    };
    await served.ask("tools/call", params);
    const told = served.wire.messages.filter(({ method }) => method === "notifications/progress");
    expect(told.length).toBeGreaterThan(0);
    const values = told.map(({ params: given }) => (given as { progress: number }).progress);
    expect(values).toEqual([...new Set(values)].sort((a, b) => a - b));
    expect(told[0]).toMatchObject({
      params: { progressToken: "t", total: 2, message: expect.stringContaining("/2 steps") },
    });
    expect(served.wire.messages.at(-1)).toHaveProperty("result");
  });

  it("stops the work of a call that is cancelled, and does not answer it", async () => {
    await using served = await open(era);
    const { begun, stopped } = waits(served);
    const asked = { jsonrpc: "2.0", id: "long", method: "tools/call" };
    const params = { name: "execute_workflow", arguments: { workflow_name: "long" }, ...ERAS[era] };
    served.wire.write({ ...asked, params });
    await begun;
    served.wire.write({
      jsonrpc: "2.0",
      method: "notifications/cancelled",
      params: { requestId: "long", ...ERAS[era] },
    });
    await stopped;
    expect(await served.call("list_workflows")).toMatchObject({ result: { isError: false } });
    expect(served.wire.messages.filter(({ id }) => id === "long")).toEqual([]);
  });

  it("ends with its input: what runs is told to stop, and that is kept", async () => {
    await using served = await open(era);
    const { begun, stopped } = waits(served);
    const params = { name: "execute_workflow", arguments: { workflow_name: "long" }, ...ERAS[era] };
    served.wire.write({ jsonrpc: "2.0", id: "long", method: "tools/call", params });
    await begun;
    served.wire.input.end();
    await Promise.all([stopped, served.wire.server.closed]);
    expect(served.host.workflowManager.listExecutions()).toMatchObject([{ record: { status: "cancelled" } }]);
  });

  it("ends with its output", async () => {
    await using served = await open(era);
    served.wire.output.destroy();
    await served.wire.server.closed;
  });

  it("answers 300 calls at once, each one time", async () => {
    await using served = await open(era);
    await Promise.all(Array.from({ length: 300 }, () => served.call("list_workflows")));
    const ids = served.wire.messages.map(({ id }) => id).filter((id) => typeof id === "number");
    expect(ids.sort((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 300 }, (_, index) => index + 1),
    );
    expect(
      served.wire.messages.every(({ result }) => (result as { isError?: boolean })?.isError !== true),
    ).toBe(true);
  });
});

/** A workflow that runs until it is told to stop. */
function waits({ host }: { readonly host: ReturnType<typeof smallHost> }) {
  const begun = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<void>();
  host.modules.register("work", "wait", (_parameters, { signal }) => {
    begun.resolve();
    return new Promise((_, reject) =>
      signal.addEventListener("abort", () => {
        stopped.resolve();
        reject(signal.reason);
      }),
    );
  });
  host.workflowManager.createWorkflow("long", [{ name: "a", module: "work", action: "wait", maxRetries: 0 }]);
  return { begun: begun.promise, stopped: stopped.promise };
}

/** What looks like a request, and mostly is none. */
const almostRequest = fc.record(
  {
    jsonrpc: fc.constantFrom("2.0", "2.0", "2.0", "1.0", 2),
    method: fc.constantFrom(
      "tools/list",
      "tools/call",
      "ping",
      "initialize",
      "resources/read",
      "prompts/get",
      "x",
      "",
      3,
    ),
    params: fc.constantFrom(
      {},
      { name: "list_workflows" },
      { _meta: {} },
      { _meta: null },
      { name: 3 },
      [],
      null,
      "x",
      { uri: 1 },
    ),
    more: fc.constantFrom(1, null, {}),
    [`\u0000`]: fc.constant(1),
  },
  { requiredKeys: [] },
);

it.each(["legacy", "modern"] as const)("whatever has an id is answered, once, in the %s era", async (era) => {
  await using served = await open(era);
  let next = 0;
  await fc.assert(
    fc.asyncProperty(almostRequest, fc.boolean(), async (message, hasBom) => {
      const id = `p${next++}`;
      const line = JSON.stringify({ ...message, id });
      // A mark of byte order is no JSON; what it stands before has no id that could be read.
      if (hasBom) served.wire.input.write(`\uFEFF${line}\n`);
      served.wire.input.write(`${line}\n`);
      await served.wire.find((answer) => answer.id === id);
      expect(served.wire.messages.filter((answer) => answer.id === id)).toHaveLength(1);
    }),
    { numRuns: 150 },
  );
});

describe("a run of somebody else", () => {
  it("can be looked at, and ended only at level full", async () => {
    for (const [level, isError] of [
      ["run", true],
      ["full", false],
    ] as const) {
      await using served = await open("legacy", { policy: policyOf(level) });
      const { execution_id } = await served.host.executeWorkflow("mw", {});
      expect(await served.call("get_execution", { execution_id }), level).toMatchObject({
        result: { isError: false },
      });
      expect(await served.call("cancel_execution", { execution_id }), level).toMatchObject({
        result: { isError },
      });
    }
  });
});

describe("a server as it is installed", () => {
  it("lets callers look; all else is denied, with one line in the audit log and no effect", async () => {
    const { TOOLS } = await import("../src/tool-table.ts");
    const decisions: { tool: string; outcome: string }[] = [];
    const audit = { record: (decision: { tool: string; outcome: string }) => void decisions.push(decision) };
    await using served = await open("legacy", { policy: undefined, audit });
    const args: Record<string, object> = {
      execute_workflow: { workflow_name: "mw" },
      create_workflow: { name: "new", steps: [echo] },
      create_project: { name: "p" },
      execute_task: { name: "t", module: "core", action: "echo" },
      allocate_resources: { user_id: "u", requirements: { cpu: 1 } },
      create_complex_workflow: { name: "c", workflow_definition: { steps: [] } },
      manage_project: { project_name: "p", operation: "archive" },
      cancel_execution: { execution_id: "x" },
      resume_execution: { execution_id: "x" },
      release_resources: { user_id: "u", allocation_ids: ["x"] },
      approve_step: { execution_id: "x", step: "a", approved: true },
    };
    const writing = TOOLS.filter(({ hints }) => !hints.readOnlyHint).map(({ name }) => name);
    expect(Object.keys(args).sort()).toEqual([...writing].sort());
    for (const name of writing)
      expect(await served.call(name, args[name]), name).toMatchObject({
        result: {
          isError: true,
          structuredContent: {
            data: null,
            error: {
              error_code: "PERMISSION_DENIED",
              error_message: expect.stringContaining("'read'"),
              suggestions: [expect.stringMatching(/--policy-level (run|author|full)/)],
            },
          },
        },
      });
    expect(decisions.map(({ tool, outcome }) => [tool, outcome])).toEqual(
      writing.map((name) => [name, "denied"]),
    );
    expect(served.host.workflowManager.listExecutions()).toEqual([]);
    expect(served.host.workflowManager.listWorkflowNames()).toEqual(["mw"]);
    expect(served.host.resourceManager.getUserAllocations("u")).toEqual([]);
    expect(served.host.projectManager?.listProjects()).toEqual([]);
    expect(await served.call("list_workflows")).toMatchObject({ result: { isError: false } });
  });

  it("does nothing that it cannot write down", async () => {
    const audit = {
      record: () => {
        throw new Error("disk full");
      },
    };
    await using served = await open("legacy", { audit });
    expect(await served.call("execute_workflow", { workflow_name: "mw" })).toMatchObject({
      result: { isError: true },
    });
    expect(served.host.workflowManager.listExecutions()).toEqual([]);
  });
});
