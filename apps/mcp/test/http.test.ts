import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ResourceUpdatedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandOf } from "../src/command-line.ts";
import { aBase, aFolder, write } from "./base.ts";
import { CLIENTS, expectService, type Way } from "./official-clients.ts";
import { ServerProcess } from "./server-process.ts";

const TOKENS = ["a".repeat(64), "b".repeat(64)] as const;
const info = { name: "test", version: "1" };

/** A server that listens, its address, and what it says of the token. */
async function listening(args: readonly string[]) {
  const server = new ServerProcess(["--http", "--port", "0", ...args]);
  const { url, token } = JSON.parse(await server.said("Serving MCP over HTTP"));
  return { server, url: String(url), token: String(token) };
}

let base: string;
let shared: Awaited<ReturnType<typeof listening>>;
beforeAll(async () => {
  base = aBase();
  const tokenFile = write(aFolder(), "tokens", `${TOKENS.join("\n")}\n`, 0o600);
  const args = ["--base-dir", base, "--policy-level", "author", "--token-file", tokenFile];
  shared = await listening(args);
});
afterAll(async () => {
  shared.server.child.kill("SIGTERM");
  await shared.server.ended;
});

const auditOf = (directory: string) =>
  readFileSync(join(directory, ".workflows", "audit.log"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

const wayTo = (url: string, token: string): Way => {
  const options = { requestInit: { headers: { authorization: `Bearer ${token}` } } };
  return {
    current: () => new StreamableHTTPClientTransport(new URL(url), options),
    before: () => new OldTransport(new URL(url), options) as never,
  };
};

describe.each(Object.entries(CLIENTS))("the client %s", (_, connect) => {
  it("lists the tools, runs a workflow, and is told what went wrong", async () => {
    await expectService(await connect(wayTo(shared.url, TOKENS[0])));
  });

  it("is not let in with a token that is none", async () => {
    await expect(connect(wayTo(shared.url, "c".repeat(64)))).rejects.toThrow();
  });
});

/** Sends what browsers and clients do not. */
function send(headers: Readonly<Record<string, string>>, path = "/mcp"): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const { port, hostname } = new URL(shared.url);
  request({ port, host: hostname, path, method: "POST", headers }, (response) => {
    response.resume();
    resolve(response.statusCode ?? 0);
  })
    .on("error", reject)
    .end("{}");
  return promise;
}

describe("a server that listens", () => {
  const authorization = `Bearer ${TOKENS[0]}`;
  const json = { "content-type": "application/json" };

  it.each([
    [403, "was sent to another name", { host: "evil.example", authorization, ...json }, "/mcp"],
    [403, "comes from another page", { origin: "https://evil.example", authorization, ...json }, "/mcp"],
    [403, "comes from nowhere", { origin: "null", authorization, ...json }, "/mcp"],
    [401, "has no token", json, "/none"],
    [404, "goes elsewhere", { authorization, ...json }, "/"],
    [415, "is of another kind", { authorization, "content-type": "text/plain" }, "/mcp"],
    [400, "is no message", { authorization, ...json }, "/mcp"],
  ] as [number, string, Record<string, string>, string][])(
    "answers %d to what %s",
    async (status, _, headers, path) => {
      expect(await send(headers, path)).toBe(status);
    },
  );

  it("also listens at the other address of this machine", async () => {
    const { port } = new URL(shared.url);
    const found = await fetch(`http://[::1]:${port}/mcp`).catch(() => null);
    // Some machines have no such address.
    expect([401, undefined]).toContain(found?.status);
  });

  it("knows its callers apart, and writes down which it was, but no token", async () => {
    const start = async (token: string) => {
      const client = await CLIENTS["v2, newest era"]?.(wayTo(shared.url, token));
      await client?.callTool({ name: "execute_workflow", arguments: { workflow_name: "greet" } });
      await client?.close();
      return auditOf(base).at(-1).caller;
    };
    const [one, other] = [await start(TOKENS[0]), await start(TOKENS[1])];
    expect([one, other]).toEqual([
      expect.stringMatching(/^token:[0-9a-f]{12}$/),
      expect.stringMatching(/^token:[0-9a-f]{12}$/),
    ]);
    expect(one).not.toBe(other);
    const written = JSON.stringify(auditOf(base)) + shared.server.stderr;
    for (const token of TOKENS) expect(written).not.toContain(token);
  });
});

it("tells of a run that another process runs and ends", async () => {
  const other = await new ServerProcess(["--base-dir", base, "--policy-level", "run"]).begin();
  const started = await other.call(1, "execute_workflow", { workflow_name: "long", wait: false });
  const { execution_id } = started.result.structuredContent.data;
  const uri = `orch://executions/${execution_id}`;
  const client = new OldClient(info);
  await client.connect(wayTo(shared.url, TOKENS[0]).before());
  const { promise: told, resolve } = Promise.withResolvers<string>();
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => resolve(params.uri));
  await client.subscribeResource({ uri });
  await other.call(2, "cancel_execution", { execution_id });
  expect(await told).toBe(uri);
  await client.close();
  await other.end();
});

it("makes a token where there is none, and ends in order while a call goes on", async () => {
  const own = aBase();
  const { server, url, token } = await listening(["--base-dir", own, "--policy-level", "run"]);
  const client = await CLIENTS["v2, newest era"]?.(wayTo(url, readFileSync(token, "utf8").trim()));
  const call = client?.callTool({ name: "execute_workflow", arguments: { workflow_name: "long" } });
  const given = expect(call).rejects.toThrow();
  // Its line is there before the run begins.
  await expect.poll(() => auditOf(own).length, { timeout: 20_000 }).toBe(1);
  server.child.kill("SIGTERM");
  const { code, stdout, stderr } = await server.ended;
  await given;
  expect([code, stdout, stderr.trimEnd().split("\n").length]).toEqual([143, "", 1]);
  const later = await new ServerProcess(["--base-dir", own]).begin();
  expect(await later.call(1, "list_executions")).toMatchObject({
    result: { structuredContent: { data: { executions: [{ status: "cancelled" }] } } },
  });
  await later.end();
});

it("does not start where it may not listen", async () => {
  const args = ["--base-dir", aFolder(), "--http", "--host", "192.0.2.7"];
  const { code, stdout, stderr } = await new ServerProcess(args).ended;
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain("other machines can reach it");
});

it.each([
  [["--port", "1"], { type: "wrong", message: "--port goes with --http" }],
  [["--token-file", "x"], { type: "wrong", message: "--token-file goes with --http" }],
  [["--http"], { type: "serve", options: { http: {} } }],
  [[], { type: "serve", options: { http: undefined } }],
  [
    ["--http", "--port", "0", "--host", "::1", "--allow-remote", "--token-file", "t"],
    { type: "serve", options: { http: { port: 0, host: "::1", allowRemote: true, tokenFile: "t" } } },
  ],
])("understands %j", (args, command) => expect(commandOf(args)).toMatchObject(command));
