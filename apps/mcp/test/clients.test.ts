import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { describe, expect, inject, it } from "vitest";
import { aBase } from "./base.ts";
import { cleanEnvironment } from "./server-process.ts";

const info = { name: "test", version: "1" };
const server = (base: string, level: string) => ({
  command: process.execPath,
  args: [inject("program"), "--base-dir", base, "--policy-level", level],
  env: cleanEnvironment(),
  stderr: "pipe" as const,
});

/** What all clients can do. */
interface AnyClient {
  listTools(): Promise<{ readonly tools: readonly { readonly name: string }[] }>;
  callTool(call: { name: string; arguments: Record<string, unknown> }): Promise<unknown>;
  close(): Promise<void>;
}

/** Connects with the official clients: the current one in each era, and the one before. */
const CLIENTS: Record<string, (base: string, level: string) => Promise<AnyClient>> = {
  async "v2, newest era"(base, level) {
    const client = new Client(info, { versionNegotiation: { mode: { pin: "2026-07-28" } } });
    await client.connect(new StdioClientTransport(server(base, level)));
    return client as unknown as AnyClient;
  },
  async "v2, what there is"(base, level) {
    const client = new Client(info, { versionNegotiation: { mode: "auto" } });
    await client.connect(new StdioClientTransport(server(base, level)));
    return client as unknown as AnyClient;
  },
  async "v2, older era"(base, level) {
    const client = new Client(info);
    await client.connect(new StdioClientTransport(server(base, level)));
    return client as unknown as AnyClient;
  },
  async v1(base, level) {
    const client = new OldClient(info);
    await client.connect(new OldTransport(server(base, level)));
    return client as unknown as AnyClient;
  },
};

describe.each(Object.entries(CLIENTS))("the client %s", (_, connect) => {
  it("lists the tools, runs a workflow, and is told what went wrong", async () => {
    const client = await connect(aBase(), "author");
    try {
      expect((await client.listTools()).tools).toHaveLength(22);
      const call = (name: string, args: Record<string, unknown> = {}) =>
        client.callTool({ name, arguments: args });
      expect(await call("execute_workflow", { workflow_name: "greet" })).toMatchObject({
        isError: false,
        structuredContent: { success: true, data: { results: { hello: { output: "hi" } } } },
        content: [{ type: "text" }, { type: "resource_link" }],
      });
      expect(await call("execute_workflow", { workflow_name: "gret" })).toMatchObject({
        isError: true,
        structuredContent: {
          error: {
            error_code: "WORKFLOW_NOT_FOUND",
            suggestions: ["Did you mean 'greet'?", expect.any(String)],
          },
        },
      });
      expect(await call("create_workflow", { name: "new", steps: [] })).toMatchObject({ isError: true });
      await expect(call("no_such_tool")).rejects.toMatchObject({ code: -32602 });
    } finally {
      await client.close();
    }
  });
});
