import { Client } from "@modelcontextprotocol/client";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { expect } from "vitest";

const info = { name: "test", version: "1" };

/** What all clients can do. */
export interface AnyClient {
  listTools(): Promise<{ readonly tools: readonly { readonly name: string }[] }>;
  callTool(call: { name: string; arguments: Record<string, unknown> }): Promise<unknown>;
  close(): Promise<void>;
}

/** A way to the server, as the current client and the one before take it. */
export interface Way {
  readonly current: () => Parameters<Client["connect"]>[0];
  readonly before: () => Parameters<OldClient["connect"]>[0];
}

const connected = async (client: Client, { current }: Way): Promise<AnyClient> => {
  await client.connect(current());
  return client as unknown as AnyClient;
};

/** Connects with the official clients: the current one in each era, and the one before. */
export const CLIENTS: Readonly<Record<string, (way: Way) => Promise<AnyClient>>> = {
  "v2, newest era": (way) =>
    connected(new Client(info, { versionNegotiation: { mode: { pin: "2026-07-28" } } }), way),
  "v2, what there is": (way) => connected(new Client(info, { versionNegotiation: { mode: "auto" } }), way),
  "v2, older era": (way) => connected(new Client(info), way),
  async v1({ before }) {
    const client = new OldClient(info);
    await client.connect(before());
    return client as unknown as AnyClient;
  },
};

/** Lists the tools, runs a workflow, and is told what went wrong; closes the client. */
export async function expectService(client: AnyClient): Promise<void> {
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
}
