import { SUPPORTED_PROTOCOL_VERSIONS } from "@modelcontextprotocol/server";
import { describe, expect, it } from "vitest";
import { META_VERSION_KEY, META_VERSIONS } from "./json-rpc.ts";
import { judgeLine } from "./judge-line.ts";

const judge = (line: string | object) =>
  judgeLine(Buffer.from(typeof line === "string" ? line : JSON.stringify(line)));
const request = (more: object) => ({ jsonrpc: "2.0", id: 7, method: "tools/list", ...more });
const meta = (more: object) => request({ params: { _meta: more } });
const answer = (code: number, id?: unknown) => ({
  type: "answer",
  error: {
    jsonrpc: "2.0",
    ...(id === undefined ? {} : { id }),
    error: { code, message: expect.any(String) },
  },
});

describe("a line of input", () => {
  it.each([
    ["is empty", ""],
    ["is blank", "  \r"],
    ["is a notification with a bad _meta", { jsonrpc: "2.0", method: "n", params: { _meta: 1 } }],
  ])("is dropped when it %s", (_, line) => {
    expect(judge(line)).toEqual({ type: "drop" });
  });

  it.each([
    ["a request", request({})],
    ["a notification", { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } }],
    ["a reply", { jsonrpc: "2.0", id: 1, result: {} }],
    ["an error", { jsonrpc: "2.0", id: 1, error: { code: 1, message: "" } }],
    ["a request with a text as id", request({ id: "a" })],
    ["a request of a known version", meta({ [META_VERSION_KEY]: "2026-07-28" })],
    ["a request with a token", meta({ progressToken: "t" })],
  ])("is passed on when it is %s", (_, line) => {
    expect(judge(line)).toEqual({ type: "pass" });
  });

  it.each([
    ["no JSON", "{", answer(-32700)],
    ["no UTF-8", Buffer.from([0x22, 0xff, 0x22]), answer(-32700)],
    ["a batch", "[]", answer(-32600)],
    ["a number", "1", answer(-32600)],
    ["null", "null", answer(-32600)],
    ["of another JSON-RPC", request({ jsonrpc: "1.0" }), answer(-32600, 7)],
    ["with another member", request({ more: 1 }), answer(-32600, 7)],
    ["with a mark of byte order", Buffer.from(`\uFEFF${JSON.stringify(request({}))}`), answer(-32700)],
    ["without a method", request({ method: 1 }), answer(-32600, 7)],
    ["with null as id", request({ id: null }), answer(-32600)],
    ["with a fraction as id", request({ id: 1.5 }), answer(-32600)],
    ["with a long id", request({ id: "x".repeat(257) }), answer(-32600)],
    ["with a list as params", request({ params: [] }), answer(-32600, 7)],
    ["with a text as params", request({ params: "x" }), answer(-32600, 7)],
    ["with a _meta that is none", request({ params: { _meta: [] } }), answer(-32602, 7)],
    ["with a bad token", meta({ progressToken: {} }), answer(-32602, 7)],
  ])("is answered when it is %s", (_, line, expected) => {
    expect(Buffer.isBuffer(line) ? judgeLine(line) : judge(line)).toEqual(expected);
  });

  it("is told which versions there are when it names another one", () => {
    expect(judge(meta({ [META_VERSION_KEY]: "2031-01-01" }))).toMatchObject({
      error: { id: 7, error: { code: -32022, data: { supported: META_VERSIONS, requested: "2031-01-01" } } },
    });
  });
});

it("the versions of requests are none of the handshake's, and those that the SDK serves", async () => {
  expect(SUPPORTED_PROTOCOL_VERSIONS.filter((version) => META_VERSIONS.includes(version))).toEqual([]);
});
