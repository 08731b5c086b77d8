import { McpServer } from "@modelcontextprotocol/server";
import { ManualClock } from "@orch/core/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { LegacySessions } from "./legacy-sessions.ts";

const HALF_AN_HOUR = 30 * 60_000;
const INITIALIZE = {
  jsonrpc: "2.0",
  id: 0,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } },
};
const PING = { jsonrpc: "2.0", id: 1, method: "ping" };
const LISTEN = { method: "GET", accept: "text/event-stream" };

let clock: ManualClock;
let sessions: LegacySessions;
let closed: string[];
beforeEach(() => {
  clock = new ManualClock();
  closed = [];
  sessions = new LegacySessions({
    clock,
    build(caller) {
      const mcp = new McpServer({ name: "test", version: "1" });
      mcp.server.onclose = () => void closed.push(caller);
      return mcp;
    },
  });
});

interface Ask {
  readonly caller?: string;
  readonly id?: string | null;
  readonly method?: string;
  readonly accept?: string;
}

/** Asks, and says how it went; what is asked ends when `end` says so, at once by default. */
async function ask(message: object | null, given: Ask = {}, end = new AbortController()) {
  const { caller = "a", id = null, method = "POST", accept = "application/json, text/event-stream" } = given;
  const headers = new Headers({ accept });
  if (method === "POST") headers.set("content-type", "application/json");
  if (id !== null) headers.set("mcp-session-id", id);
  const request = new Request("http://localhost/mcp", { method, headers });
  const exchange = { caller, message: message as Record<string, unknown> | null, ended: end.signal };
  const response = await sessions.answer(request, exchange);
  if (method !== "GET") {
    await response.text();
    end.abort();
  }
  return { status: response.status, id: response.headers.get("mcp-session-id"), response, end };
}

const begin = async (caller = "a") => String((await ask(INITIALIZE, { caller })).id);
const statusOf = async (id: string, caller = "a") => (await ask(PING, { id, caller })).status;

it("begins with an initialization, and is known by a random UUID afterwards", async () => {
  const [first, second] = [await begin(), await begin()];
  expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(second).not.toBe(first);
  expect(await statusOf(first)).toBe(200);
});

it.each([
  ["another request", PING],
  ["half an initialization", { ...INITIALIZE, params: {} }],
])("does not begin with %s", async (_, message) => {
  expect((await ask(message)).status).toBe(400);
  expect(sessions.size).toBe(0);
});

it("leaves nothing of an initialization that is not taken", async () => {
  expect((await ask(INITIALIZE, { accept: "text/html" })).status).toBe(406);
  expect(sessions.size).toBe(0);
  expect(closed).toEqual(["a"]);
});

it("is to another caller as if it were not there", async () => {
  const id = await begin("a");
  const [foreign, none] = [
    await ask(PING, { id, caller: "b" }),
    await ask(PING, { id: "none", caller: "b" }),
  ];
  expect([foreign.status, none.status]).toEqual([404, 404]);
  expect((await ask(null, { id, caller: "b", method: "DELETE" })).status).toBe(404);
  expect(await statusOf(id)).toBe(200);
});

it("ends when the client says so", async () => {
  const id = await begin();
  expect((await ask(null, { id, method: "DELETE" })).status).toBe(200);
  expect([await statusOf(id), sessions.size, closed]).toEqual([404, 0, ["a"]]);
});

describe("half an hour in which nothing is heard", () => {
  it("ends a session, whether anybody asks for it or not", async () => {
    const id = await begin();
    clock.advance(HALF_AN_HOUR - 1);
    expect(await statusOf(id)).toBe(200);
    clock.advance(HALF_AN_HOUR);
    expect(await statusOf(id)).toBe(404);
    clock.advance(60_000);
    expect([sessions.size, closed]).toEqual([0, ["a"]]);
  });

  it("is not over while a stream is open, and begins with its end", async () => {
    const id = await begin();
    const { end, response } = await ask(null, { id, ...LISTEN });
    clock.advance(3 * HALF_AN_HOUR);
    expect(sessions.size).toBe(1);
    await response.body?.cancel();
    end.abort();
    expect(await statusOf(id)).toBe(200);
    clock.advance(HALF_AN_HOUR + 60_000);
    expect(sessions.size).toBe(0);
  });
});

describe("the 65th session of a caller", () => {
  const beginAll = async () => {
    const ids: string[] = [];
    for (let n = 0; n < 64; n++) {
      ids.push(await begin());
      clock.advance(1);
    }
    return ids as [string, string, ...string[]];
  };

  it("takes the place of the one that has been idle longest, of this caller alone", async () => {
    const other = await begin("b");
    const [first, second] = await beginAll();
    expect(await statusOf(first)).toBe(200);
    await begin();
    expect([await statusOf(first), await statusOf(second), await statusOf(other, "b")]).toEqual([
      200, 404, 200,
    ]);
    expect(sessions.size).toBe(65);
  });

  it("is refused while all of them are in use", async () => {
    for (const id of await beginAll()) await ask(null, { id, ...LISTEN });
    const { status, response } = await ask(INITIALIZE);
    expect([status, response.headers.get("retry-after")]).toEqual([429, "1800"]);
    expect((await ask(INITIALIZE, { caller: "b" })).status).toBe(200);
  });
});

it("leaves no session and no timer behind when it is closed", async () => {
  await begin("a");
  await begin("b");
  await sessions.close();
  expect([sessions.size, closed.sort(), clock.pending]).toEqual([0, ["a", "b"], 0]);
});
