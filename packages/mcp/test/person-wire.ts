import { statSync } from "node:fs";
import { join } from "node:path";
import { policyOf } from "../src/policy.ts";
import { smallHost } from "./small-host.ts";
import { INITIALIZE, META, type Message, StdioWire } from "./stdio-wire.ts";

export type Era = "legacy" | "modern";

/** What a client says that it can do. */
export interface Abilities {
  readonly elicitation?: object;
  readonly extensions?: object;
}

export const TASKS: Abilities = { extensions: { "io.modelcontextprotocol/tasks": {} } };
export const ASKABLE: Abilities = { elicitation: { form: {} } };
const CAPABILITIES = "io.modelcontextprotocol/clientCapabilities";

const approval = { name: "ok", module: "human", action: "approval", parameters: { message: "Ship it?" } };
const echo = { name: "ship", module: "core", action: "echo", parameters: { message: "shipped" } };
const FORM = {
  type: "object",
  properties: { size: { type: "integer", minimum: 1 } },
  required: ["size"],
};

/** A host with workflows that wait for people. */
export function aHost(baseDir: string): ReturnType<typeof smallHost> {
  const host = smallHost(baseDir);
  const flow = (name: string, ...steps: object[]) =>
    host.workflowManager.createWorkflow(name, steps as never, { save: false });
  flow("plain", echo);
  flow("gate", approval, { ...echo, dependencies: ["ok"] });
  flow("outer", { name: "inner", module: "workflow", action: "run", parameters: { workflow: "gate" } });
  flow("twice", approval, { ...approval, name: "sure", dependencies: ["ok"] });
  const ask = (name: string, form: object) =>
    flow(name, { name: "ask", module: "human", action: "input", parameters: { message: "How?", form } });
  ask("form", FORM);
  ask("secret", { type: "object", properties: { password: { type: "string" } } });
  ask("nested", { type: "object", properties: { list: { type: "array" } } });
  return host;
}

const plain = (message: Message) => JSON.parse(JSON.stringify(message));

/** A client whose era is decided, and a person who sits at it. */
export async function sitDown(
  host: ReturnType<typeof smallHost>,
  era: Era,
  abilities: Abilities,
  { policy = policyOf("run") } = {},
) {
  const wire = new StdioWire(host, { policy });
  const hello = { ...INITIALIZE, params: { ...INITIALIZE.params, capabilities: abilities } };
  if (era === "legacy") await wire.ask({ id: "begin", ...hello });
  const meta = era === "legacy" ? {} : { _meta: { ...META, [CAPABILITIES]: abilities } };
  let next = 1;
  /** The answer, as JSON of any shape. */
  const ask = async (method: string, params: object = {}) =>
    plain(await wire.ask({ id: `${method} ${next++}`, method, params: { ...params, ...meta } }));
  const run = (workflow_name: string, more: object = {}) =>
    ask("tools/call", { name: "execute_workflow", arguments: { workflow_name }, ...more });
  /** Answers the next question of a client of the older era. */
  const say = async (answer: object) => {
    const asked = await wire.find(({ method }) => method === "elicitation/create");
    wire.messages.splice(wire.messages.indexOf(asked), 1);
    wire.write({ jsonrpc: "2.0", id: asked.id, result: answer });
    return plain(asked);
  };
  return { wire, ask, run, say, [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose]() };
}

export const accept = (content: object) => ({ action: "accept", content });
export const keyFile = (baseDir: string) => join(baseDir, ".workflows", "mcp-state.key");
export const modeOf = (path: string) => statSync(path).mode & 0o777;
