import { newId } from "@orch/core";
import { describe, expect, it } from "vitest";
import { McpEndpoint } from "../src/http/mcp-endpoint.ts";
import { policyOf } from "../src/policy.ts";
import { servedTools } from "../src/served-tools.ts";
import { messagesOf } from "./http-wire.ts";
import { sandbox } from "./sandbox.ts";
import { smallHost } from "./small-host.ts";
import { INITIALIZE, META, type Message, StdioWire } from "./stdio-wire.ts";

const folder = sandbox();
const UPDATED = "notifications/resources/updated";
const MISSING = "orch://executions/none";
const listen = (uris: readonly string[]) => ({
  notifications: { resourceSubscriptions: uris },
  _meta: META,
});

/** A host with a run that ends when it is told to. */
async function aRun() {
  const host = smallHost(folder());
  const begun = Promise.withResolvers<void>();
  const { promise, resolve } = Promise.withResolvers<void>();
  host.modules.register("work", "wait", () => {
    begun.resolve();
    return promise;
  });
  host.workflowManager.createWorkflow("long", [{ name: "a", module: "work", action: "wait" }]);
  const executionId = newId();
  const ended = host.executeWorkflow("long", {}, { executionId });
  await begun.promise;
  const uri = `orch://executions/${executionId}`;
  const end = async () => {
    resolve();
    await ended;
  };
  const close = async () => {
    await end();
    await host[Symbol.asyncDispose]();
  };
  return { host, uri, end, [Symbol.asyncDispose]: close };
}

const isUpdateOf =
  (uri: string) =>
  ({ method, params }: Message): boolean =>
    method === UPDATED && (params as { uri: string }).uri === uri;

describe("over standard input and output", () => {
  it("a client of the older era hears of the run that it subscribes to, until it unsubscribes", async () => {
    await using run = await aRun();
    await using wire = new StdioWire(run.host);
    expect(await wire.ask({ id: 0, ...INITIALIZE })).toMatchObject({
      result: { capabilities: { resources: { subscribe: true } } },
    });
    const params = { uri: run.uri };
    expect(await wire.ask({ id: 1, method: "resources/subscribe", params })).toMatchObject({ result: {} });
    expect(await wire.ask({ id: 2, method: "resources/subscribe", params: { uri: MISSING } })).toMatchObject({
      error: { code: -32602, data: { uri: MISSING } },
    });
    await run.end();
    await wire.find(isUpdateOf(run.uri));
    expect(await wire.ask({ id: 3, method: "resources/unsubscribe", params })).toMatchObject({ result: {} });
  });

  it("what goes wrong inside is not told to the client", async () => {
    await using wire = new StdioWire(() => {
      throw new Error("cannot open /home/me/state.db");
    });
    await wire.ask({ id: 0, ...INITIALIZE });
    const params = { uri: "orch://workflows" };
    const answer = await wire.ask({ id: 1, method: "resources/subscribe", params });
    expect(answer).toMatchObject({ error: { code: -32603, data: params } });
    expect(JSON.stringify(answer)).not.toContain("state.db");
  });

  it("a client of the newer era hears of what it listens to, with the request that asked for it", async () => {
    await using run = await aRun();
    await using wire = new StdioWire(run.host);
    wire.write({ jsonrpc: "2.0", id: "l", method: "subscriptions/listen", params: listen([run.uri]) });
    const taken = await wire.find(({ method }) => method === "notifications/subscriptions/acknowledged");
    expect(taken).toMatchObject({ params: { notifications: { resourceSubscriptions: [run.uri] } } });
    await run.end();
    expect(await wire.find(isUpdateOf(run.uri))).toMatchObject({
      params: { _meta: { "io.modelcontextprotocol/subscriptionId": "l" } },
    });
  });

  it("messages behind a request to listen are answered in their order", async () => {
    await using run = await aRun();
    await using wire = new StdioWire(run.host);
    const ask = (id: number, method: string, params: object) => ({ jsonrpc: "2.0", id, method, params });
    wire.write(
      ask(1, "subscriptions/listen", listen([run.uri])),
      { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1, _meta: META } },
      ask(2, "tools/list", { _meta: META }),
    );
    await wire.find(({ id }) => id === 2);
    expect(wire.messages[0]).toMatchObject({ method: "notifications/subscriptions/acknowledged" });
    expect(wire.messages).toHaveLength(2);
  });

  it("too much is refused, and the next request works", async () => {
    await using run = await aRun();
    await using wire = new StdioWire(run.host);
    const uris = Array.from({ length: 1025 }, (_, index) => `orch://executions/${index}`);
    expect(await wire.ask({ id: 1, method: "subscriptions/listen", params: listen(uris) })).toMatchObject({
      error: { code: -32603 },
    });
    expect(await wire.ask({ id: 2, method: "tools/list", params: { _meta: META } })).toHaveProperty("result");
  });
});

describe("over HTTP", () => {
  /** An endpoint behind the gate, and how it is asked. */
  async function anEndpoint() {
    const run = await aRun();
    const endpoint = new McpEndpoint(servedTools(run.host, { policy: policyOf("read"), audit: null }));
    let stays = 0;
    const ask = async (message: object | null, headers: Record<string, string> = {}, caller = "a") => {
      const ended = new AbortController();
      const request = new Request("http://localhost/mcp", {
        method: message === null ? "GET" : "POST",
        headers: {
          accept: "application/json, text/event-stream",
          ...(message === null ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        signal: ended.signal,
      });
      const response = await endpoint.answer(request, {
        caller,
        text: message === null ? null : JSON.stringify(message),
        ended: ended.signal,
        stays: () => void stays++,
      });
      const messages = messagesOf(response);
      const next = async () => (await messages.next()).value as Message;
      return { response, next, end: () => ended.abort() };
    };
    const close = async () => {
      await endpoint.close();
      await run[Symbol.asyncDispose]();
    };
    const listening = (uris: readonly string[], caller?: string) => {
      const message = { jsonrpc: "2.0", id: "l", method: "subscriptions/listen", params: listen(uris) };
      const headers = { "mcp-protocol-version": "2026-07-28", "mcp-method": "subscriptions/listen" };
      return ask(message, headers, caller);
    };
    const staying = () => stays;
    return { ...run, endpoint, ask, listening, staying, [Symbol.asyncDispose]: close };
  }

  it("a client of the newer era hears of what it listens to, and nothing is left when it closes that", async () => {
    await using served = await anEndpoint();
    const { next, end } = await served.listening([served.uri]);
    expect(await next()).toMatchObject({ method: "notifications/subscriptions/acknowledged" });
    expect([served.endpoint.watched, served.staying()]).toEqual([1, 1]);
    await served.end();
    expect(await next()).toMatchObject({ method: UPDATED, params: { uri: served.uri } });
    end();
    expect(served.endpoint.watched).toBe(0);
  });

  it("each hears of what it listens to itself, and one caller cannot take the places of another", async () => {
    await using served = await anEndpoint();
    const open = await Promise.all(Array.from({ length: 64 }, () => served.listening([served.uri])));
    expect((await served.listening([served.uri])).response.status).toBe(429);
    const other = await served.listening([MISSING, served.uri], "b");
    expect(other.response.status).toBe(200);
    expect(served.endpoint.watched).toBe(2);
    for (const { end } of [...open, other]) end();
    expect(served.endpoint.watched).toBe(0);
    expect((await served.listening([served.uri])).response.status).toBe(200);
  });

  it("a client of the older era hears of it on the stream of its session, and nothing is left with that", async () => {
    await using served = await anEndpoint();
    const begun = await served.ask({ jsonrpc: "2.0", id: 0, ...INITIALIZE });
    await begun.next();
    const session = { "mcp-session-id": String(begun.response.headers.get("mcp-session-id")) };
    const stream = await served.ask(null, session);
    const params = { uri: served.uri };
    const subscribed = await served.ask(
      { jsonrpc: "2.0", id: 1, method: "resources/subscribe", params },
      session,
    );
    expect(await subscribed.next()).toMatchObject({ id: 1, result: {} });
    await served.end();
    expect(await stream.next()).toMatchObject({ method: UPDATED, params });
    expect(served.endpoint.watched).toBe(1);
    await served.endpoint.close();
    expect(served.endpoint.watched).toBe(0);
  });
});
