import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, inject, it } from "vitest";
import { aFolder, write } from "./base.ts";
import { cleanEnvironment, ServerProcess } from "./server-process.ts";

const MOST_LOOKS = 400;
const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {
    extensions: { "io.modelcontextprotocol/tasks": {} },
    elicitation: { form: {} },
  },
  "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
};
const ASKABLE = { ...META, "io.modelcontextprotocol/clientCapabilities": { elicitation: { form: {} } } };

/** A base directory with a workflow that notes what it does, and waits for a person in between. */
function aBase(): string {
  const base = aFolder();
  write(base, "config/modules/notes.mjs", MODULE);
  const note = (name: string, ...dependencies: string[]) => ({
    ...{ name, module: "notes", action: "note", parameters: { text: name }, dependencies },
  });
  const ask = { name: "ask", module: "human", action: "approval", parameters: { message: "Go on?" } };
  const steps = [note("before"), { ...ask, dependencies: ["before"] }, note("after", "ask")];
  write(base, "config/workflows/production/story.json", JSON.stringify({ name: "story", steps }));
  return base;
}

const MODULE = `
import { appendFileSync } from "node:fs";
export default { name: "notes", actions: { note: { description: "", run: ({ text }) => appendFileSync("notes.txt", text + "\\n") } } };
`;

/** In this process: to start others for each note would be most of what is waited for. */
const POLICY = JSON.stringify({ level: "run", module_isolation: "inline" });
const optionsOf = (base: string) => ["--base-dir", base, "--policy", write(aFolder(), "policy.json", POLICY)];

const notesOf = (base: string) => readFileSync(join(base, "notes.txt"), "utf8").trimEnd().split("\n");

/** A server of the newer era over a base directory. */
function start(base: string) {
  const server = new ServerProcess(optionsOf(base), base);
  let next = 1;
  const ask = (method: string, params: object, _meta: object = META) =>
    server.ask({ id: next++, method, params: { ...params, _meta } });
  const run = (more: object = {}, meta?: object) =>
    ask("tools/call", { name: "execute_workflow", arguments: { workflow_name: "story" }, ...more }, meta);
  /** A task once it has the status. */
  const taskWhen = async (taskId: string, status: string) => {
    for (let look = 0; look < MOST_LOOKS; look++) {
      const { result } = await ask("tasks/get", { taskId });
      if (result.status === status) return result;
    }
    throw new Error(`The task was not ${status}`);
  };
  const kill = async () => {
    server.child.kill("SIGKILL");
    await server.ended;
  };
  return { server, ask, run, taskWhen, kill };
}

const YES = { action: "accept", content: { decision: "approve" } };

describe("work that outlasts its server", () => {
  it("is found by its task after kill -9, goes on, and does nothing twice", async () => {
    const base = aBase();
    const first = start(base);
    const { taskId } = (await first.run()).result;
    await first.kill();
    const second = start(base);
    const { inputRequests } = await second.taskWhen(taskId, "input_required");
    await second.kill();
    const third = start(base);
    const [key = ""] = Object.keys(inputRequests);
    expect((await third.taskWhen(taskId, "input_required")).inputRequests).toEqual(inputRequests);
    await third.ask("tasks/update", { taskId, inputResponses: { [key]: YES } });
    const end = await third.taskWhen(taskId, "completed");
    expect(end.result).toMatchObject({ isError: false, structuredContent: { success: true } });
    await third.server.end();
    // What was in flight at the first kill may have been called twice, and only that.
    expect(notesOf(base).filter((note) => note === "after")).toEqual(["after"]);
    expect(notesOf(base).lastIndexOf("before")).toBeLessThan(notesOf(base).indexOf("after"));
  });

  it("is followed and answered in another process than the one that does it", async () => {
    const base = aBase();
    const [doer, other] = [start(base), start(base)];
    const { taskId } = (await doer.run()).result;
    const { inputRequests } = await other.taskWhen(taskId, "input_required");
    const [key = ""] = Object.keys(inputRequests);
    await other.ask("tasks/update", { taskId, inputResponses: { [key]: YES } });
    const end = await other.taskWhen(taskId, "completed");
    expect((await doer.taskWhen(taskId, "completed")).result).toEqual(end.result);
    expect(notesOf(base)).toEqual(["before", "after"]);
    await Promise.all([doer.server.end(), other.server.end()]);
  });

  it("goes on with an answer that comes after kill -9, by what the client has kept", async () => {
    const base = aBase();
    const first = start(base);
    const { requestState } = (await first.run({}, ASKABLE)).result;
    await first.kill();
    const second = start(base);
    const round = { requestState, inputResponses: { answer: YES } };
    expect((await second.run(round, ASKABLE)).result).toMatchObject({ isError: false });
    expect((await second.run(round, ASKABLE)).result).toMatchObject({ isError: false });
    expect(notesOf(base)).toEqual(["before", "after"]);
    await second.server.end();
  });
});

it("goes on in the process that waits for it when the one that does it is killed", async () => {
  const base = aBase();
  const wait = { name: "wait", module: "core", action: "sleep", parameters: { duration: 2 } };
  write(base, "config/workflows/production/slow.json", JSON.stringify({ name: "slow", steps: [wait] }));
  const [doer, other] = [start(base), start(base)];
  const args = { workflow_name: "slow", idempotency_key: "k" };
  const call = (server: typeof doer, more: object = {}) =>
    server.ask("tools/call", { name: "execute_workflow", arguments: { ...args, ...more } }, ASKABLE);
  const { execution_id } = (await call(doer, { wait: false })).result.structuredContent.data;
  const waiting = call(other);
  // The second answer comes when the first call waits.
  await call(other, { wait: false });
  await doer.kill();
  expect((await waiting).result).toMatchObject({
    isError: false,
    structuredContent: { success: true, data: { execution_id } },
  });
  await other.server.end();
});

const info = { name: "test", version: "1" };
const askable = { capabilities: { elicitation: {} } };
const parameters = (base: string) => ({
  ...{ command: process.execPath, args: [inject("program"), ...optionsOf(base)] },
  ...{ env: cleanEnvironment(), cwd: base, stderr: "pipe" as const },
});

/** What all clients can do. */
interface AnyClient {
  callTool(call: { name: string; arguments: Record<string, unknown> }): Promise<unknown>;
  close(): Promise<void>;
}

/** Official clients whose person says yes to everything. */
const CLIENTS: Record<string, (base: string, asked: (params: unknown) => void) => Promise<AnyClient>> = {
  async "v2, newest era"(base, asked) {
    const client = new Client(info, { ...askable, versionNegotiation: { mode: { pin: "2026-07-28" } } });
    client.setRequestHandler("elicitation/create", ({ params }) => {
      asked(params);
      return { action: "accept", content: { decision: "approve" } };
    });
    await client.connect(new StdioClientTransport(parameters(base)));
    return client as unknown as AnyClient;
  },
  async "v2, older era"(base, asked) {
    const client = new Client(info, askable);
    client.setRequestHandler("elicitation/create", ({ params }) => {
      asked(params);
      return { action: "accept", content: { decision: "approve" } };
    });
    await client.connect(new StdioClientTransport(parameters(base)));
    return client as unknown as AnyClient;
  },
  async v1(base, asked) {
    const client = new OldClient(info, askable);
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
      asked(params);
      return { action: "accept", content: { decision: "approve" } };
    });
    await client.connect(new OldTransport(parameters(base)));
    return client as unknown as AnyClient;
  },
};

it.each(Object.entries(CLIENTS))(
  "the client %s asks its person what a run waits for, once",
  async (_, connect) => {
    const base = aBase();
    const asked: unknown[] = [];
    const client = await connect(base, (params) => asked.push(params));
    try {
      const call = { name: "execute_workflow", arguments: { workflow_name: "story" } };
      expect(await client.callTool(call)).toMatchObject({
        isError: false,
        structuredContent: { data: { results: { ask: { output: { approved: true } } } } },
      });
      expect(asked).toMatchObject([{ message: expect.stringContaining("Go on?") }]);
      expect(notesOf(base)).toEqual(["before", "after"]);
    } finally {
      await client.close();
    }
  },
);
