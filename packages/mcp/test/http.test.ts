import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AuditFile } from "../src/audit.ts";
import type { HttpServer } from "../src/http.ts";
import { policyOf } from "../src/policy.ts";
import { aServer, type Era, HttpWire, TOKENS } from "./http-wire.ts";
import { sandbox } from "./sandbox.ts";
import { smallHost } from "./small-host.ts";
import { INITIALIZE, type Message } from "./stdio-wire.ts";

const folder = sandbox();
const ERAS: readonly Era[] = ["legacy", "modern"];
const echo = { name: "a", module: "core", action: "echo", parameters: { message: "hi" } };
/** Enough for what tests ask. */
const limits = { calls_per_second: 100_000, burst: 100_000, at_once: 32 };

/** A server with workflows, and one that runs until it is told to stop. */
async function open(level: "read" | "run" | "full" = "full") {
  const directory = folder();
  const host = smallHost(directory);
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
  host.workflowManager.createWorkflow("mw", [echo, { ...echo, name: "b", dependencies: ["a"] }]);
  host.workflowManager.createWorkflow("long", [{ name: "a", module: "work", action: "wait", maxRetries: 0 }]);
  const auditFile = join(directory, "audit.log");
  const policy = { ...policyOf(level), limits };
  const server = await aServer(host, { policy, audit: new AuditFile(auditFile) });
  const audit = () =>
    readFileSync(auditFile, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  const close = async () => {
    await server.close();
    await host[Symbol.asyncDispose]();
  };
  const [begins, stops] = [begun.promise, stopped.promise];
  return { host, server, audit, begun: begins, stopped: stops, [Symbol.asyncDispose]: close };
}

describe.each(ERAS)("a client of the %s era", (era) => {
  it("lists tools, runs a workflow and reads what it is told to", async () => {
    await using served = await open();
    const wire = await new HttpWire(served.server, era).begin();
    const { result } = await wire.ask("tools/list");
    expect((result as { tools: unknown[] }).tools).toHaveLength(22);
    const ran = await wire.call("execute_workflow", { workflow_name: "mw" });
    expect(ran).toMatchObject({ result: { isError: false, structuredContent: { success: true } } });
    const id = runOf(ran);
    expect(
      await wire.ask("resources/read", { uri: `orch://executions/${id}` }, named(era, id)),
    ).toMatchObject({
      result: { contents: [{ text: expect.stringContaining('"completed"') }] },
    });
    expect(await wire.call("no_such_tool")).toMatchObject({ error: { code: -32602 } });
    expect(await wire.ask("no/such")).toMatchObject({ error: { code: -32601 } });
  });

  it("is told how far a run is, ever further, and nothing behind the answer", async () => {
    await using served = await open();
    const wire = await new HttpWire(served.server, era).begin();
    const told: number[] = [];
    const params = {
      name: "execute_workflow",
      arguments: { workflow_name: "mw" },
      _meta: { progressToken: "t" },
    };
    await wire.ask("tools/call", params, {
      onMessage: ({ params: given }) =>
        given === undefined
          ? void told.push(Infinity)
          : void told.push((given as { progress: number }).progress),
    });
    expect(told.length).toBeGreaterThan(1);
    expect(told).toEqual([...new Set(told)].sort((a, b) => a - b));
  });

  it("is known to the audit log by its token, and does not end what another has started", async () => {
    await using served = await open("run");
    const [one, other] = await Promise.all(
      TOKENS.map((token) => new HttpWire(served.server, era, token).begin()),
    );
    const started = await one?.call("execute_workflow", { workflow_name: "long", wait: false });
    const execution_id = runOf(started);
    expect(await other?.call("cancel_execution", { execution_id })).toMatchObject({
      result: { isError: true, structuredContent: { error: { error_code: "PERMISSION_DENIED" } } },
    });
    expect(await one?.call("cancel_execution", { execution_id })).toMatchObject({
      result: { isError: false },
    });
    const callers = served.audit().map(({ caller }) => caller);
    expect(callers[0]).toMatch(/^token:[0-9a-f]{12}$/);
    expect(callers[1]).not.toBe(callers[0]);
    expect(callers[2]).toBe(callers[0]);
    for (const token of TOKENS) expect(JSON.stringify(served.audit())).not.toContain(token);
  });

  it("gets an answer to every body, and the next request works", async () => {
    await using served = await open();
    const wire = await new HttpWire(served.server, era).begin();
    const almost = fc.record(
      {
        jsonrpc: fc.constantFrom("2.0", "2.0", "1.0", 2),
        id: fc.constantFrom(1, "x", null, {}, 1.5),
        method: fc.constantFrom("tools/list", "tools/call", "ping", "resources/read", "x", "", 3),
        params: fc.constantFrom({}, [], 3, { _meta: 3 }, { _meta: { progressToken: [] } }, { name: "x" }),
        more: fc.constant(1),
      },
      { requiredKeys: [] },
    );
    const body = fc.oneof(
      fc.string(),
      fc.jsonValue().map((value) => JSON.stringify(value)),
      almost,
    );
    await fc.assert(
      fc.asyncProperty(body, async (sent) => {
        const response = await wire.post(sent);
        const text = await response.text();
        expect(text).not.toMatch(/\bat [^ ]+ \(|node_modules|[/\\]packages[/\\]/);
        expect([200, 202, 400, 404]).toContain(response.status);
      }),
      { numRuns: 150 },
    );
    expect(await wire.call("list_workflows")).toMatchObject({ result: { isError: false } });
  });

  it("is told that the server ends, which first tells what runs to stop", async () => {
    await using served = await open();
    const wire = await new HttpWire(served.server, era).begin();
    const call = wire.call("execute_workflow", { workflow_name: "long" });
    const ended = expect(call).rejects.toThrow();
    await served.begun;
    await served.server.close();
    await Promise.all([ended, served.stopped, served.server.closed]);
    expect(served.host.workflowManager.listExecutions()).toMatchObject([{ record: { status: "cancelled" } }]);
    await expect(fetch(served.server.url)).rejects.toThrow();
  });
});

/** The run that an answer is about. */
function runOf(answer: Message | undefined): string {
  const result = answer?.["result"] as { structuredContent: { data: { execution_id: string } } } | undefined;
  return result?.structuredContent.data.execution_id ?? "";
}

const named = (era: Era, id: string) =>
  era === "modern" ? { headers: { "mcp-name": `orch://executions/${id}` } } : {};

it("cancels a call of the newer era when its answer is closed", async () => {
  await using served = await open();
  const wire = new HttpWire(served.server, "modern");
  const gone = new AbortController();
  const call = wire.call("execute_workflow", { workflow_name: "long" }, { signal: gone.signal });
  const ended = expect(call).rejects.toThrow();
  await served.begun;
  gone.abort();
  await Promise.all([ended, served.stopped]);
  expect(await wire.call("list_workflows")).toMatchObject({ result: { isError: false } });
});

describe("a call of the older era", () => {
  it("goes on when its answer is closed, and ends when the client says so", async () => {
    await using served = await open();
    const wire = await new HttpWire(served.server, "legacy").begin();
    const gone = new AbortController();
    const call = wire.call("execute_workflow", { workflow_name: "long" }, { signal: gone.signal });
    const ended = expect(call).rejects.toThrow();
    await served.begun;
    gone.abort();
    await ended;
    expect(await wire.call("list_workflows")).toMatchObject({ result: { isError: false } });
    expect(served.host.workflowManager.listExecutions()).toMatchObject([{ record: { status: "running" } }]);
    const params = { requestId: 1 };
    await wire.post({ jsonrpc: "2.0", method: "notifications/cancelled", params });
    await served.stopped;
  });

  it("ends with its session", async () => {
    await using served = await open();
    const wire = await new HttpWire(served.server, "legacy").begin();
    const call = wire.call("execute_workflow", { workflow_name: "long" });
    const ended = expect(call).rejects.toThrow();
    await served.begun;
    const { headers } = wire;
    expect((await fetch(served.server.url, { method: "DELETE", headers })).status).toBe(200);
    await Promise.all([ended, served.stopped]);
  });
});

describe("over one server", () => {
  let served: Awaited<ReturnType<typeof open>>;
  let server: HttpServer;
  beforeAll(async () => {
    served = await open("read");
    server = served.server;
  });
  afterAll(() => served[Symbol.asyncDispose]());

  const post = (body: unknown, headers: Record<string, string> = {}) =>
    new HttpWire(server, "modern").post(body, { headers });

  it("refuses a body that turns out too long while it arrives, and the connection can be used again", async () => {
    const chunk = new Uint8Array(1024 * 1024).fill(0x20);
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let count = 0; count < 6; count++) controller.enqueue(chunk);
        controller.close();
      },
    });
    const { headers } = new HttpWire(server, "modern");
    const init = { method: "POST", headers: { ...headers, "content-type": "application/json" }, body };
    const response = await fetch(server.url, { ...init, duplex: "half" } as RequestInit);
    expect([response.status, await response.json()]).toEqual([
      413,
      { jsonrpc: "2.0", error: { code: -32000, message: expect.stringContaining("4194304") } },
    ]);
    expect((await post({ jsonrpc: "2.0", id: 1, method: "ping" })).status).toBe(400);
  });

  it("asks nobody for a body who may not send it", async () => {
    const { port } = new URL(server.url);
    const headers = { expect: "100-continue", "content-length": "10" };
    const asked = request({ port, host: "127.0.0.1", method: "POST", path: "/mcp", headers });
    let continued = false;
    asked.on("continue", () => {
      continued = true;
    });
    asked.flushHeaders();
    const [response] = await once(asked, "response");
    expect([response.statusCode, continued]).toEqual([401, false]);
    asked.destroy();
  });

  it("compares what stands in headers with the body", async () => {
    const ask = async (headers: Record<string, string>) => {
      const wire = new HttpWire(server, "modern");
      const answer = await wire.ask("tools/call", { name: "list_workflows", arguments: {} }, { headers });
      return (answer["error"] as { code: number } | undefined)?.code;
    };
    expect(await ask({})).toBe(undefined);
    expect(await ask({ "mcp-method": "tools/list" })).toBe(-32020);
    expect(await ask({ "mcp-name": "execute_workflow" })).toBe(-32020);
    expect(await ask({ "mcp-protocol-version": "2025-11-25" })).toBe(-32020);
    const version = (value: string) => ({ "io.modelcontextprotocol/protocolVersion": value });
    const asked = async (inBody: string, inHeader: string) => {
      const params = { name: "list_workflows", arguments: {}, _meta: version(inBody) };
      const headers = { "mcp-protocol-version": inHeader };
      const answer = await new HttpWire(server, "modern").ask("tools/call", params, { headers });
      return (answer["error"] as { code: number } | undefined)?.code;
    };
    expect(await asked("2099-01-01", "2026-07-28")).toBe(-32020);
    expect(await asked("2099-01-01", "2099-01-01")).toBe(-32022);
  });

  it("does not serve the newer era without a version, nor the older one without a session", async () => {
    const ping = { jsonrpc: "2.0", id: 1, method: "ping" };
    expect((await post(ping)).status).toBe(400);
    expect((await post(ping, { "mcp-protocol-version": "2026-07-28" })).status).toBe(400);
    expect((await post(ping, { "mcp-session-id": "none" })).status).toBe(404);
  });

  it("breaks off nothing else when somebody sends what is no HTTP", async () => {
    const { port } = new URL(server.url);
    const socket = connect(Number(port), "127.0.0.1").on("error", () => {});
    socket.end("\u0000\u0001 nonsense\r\n\r\n");
    socket.resume();
    await once(socket, "close");
    expect((await post({ jsonrpc: "2.0", id: 1, ...INITIALIZE })).status).toBe(200);
  });
});

it.each([
  ["another machine reaches, unasked", { host: "192.0.2.7" }],
  ["is none", { port: 70_000 }],
  ["another program has", null],
])("does not listen where %s", async (_, place) => {
  await using first = await open();
  const taken = { port: Number(new URL(first.server.url).port) };
  await expect(aServer(first.host, place ?? taken)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
});
