// The entry of a worker thread: runs attempts of actions from module files. Everything goes back as data, since an
// error that is thrown across threads loses its class, code and details.
import type { MessagePort } from "node:worker_threads";
import type { JsonObject, LogFields, Logger } from "@orch/core";
import { actionNotFound } from "./errors.ts";
import { abortError, failed, type Outcome } from "./failure.ts";
import type { ModuleDefinition } from "./module.ts";
import { loadModuleFile } from "./module-folder.ts";
import { keep, perform } from "./perform.ts";
import type { FromWorker, ToWorker, WorkerRequest } from "./worker-message.ts";

const loaded = new Map<string, Promise<ModuleDefinition>>();

export default async function run({
  request,
  port,
}: {
  readonly request: WorkerRequest;
  readonly port: MessagePort;
}): Promise<Outcome> {
  const controller = new AbortController();
  const say = (message: FromWorker) => port.postMessage(message);
  port.on("message", ({ reason }: ToWorker) => controller.abort(abortError(reason)));
  say({ type: "begun" });
  try {
    const definition = await load(request);
    const action = Object.hasOwn(definition.actions, request.action)
      ? definition.actions[request.action]
      : undefined;
    if (action === undefined) {
      return failed(actionNotFound(request.module, request.action, Object.keys(definition.actions).sort()));
    }
    const progress = (fraction: number, text = "") => say({ type: "progress", fraction, text });
    return await perform({ definition: action }, request.parameters, {
      ...request.context,
      signal: controller.signal,
      logger: loggerTo(say),
      progress,
    });
  } catch (thrown) {
    return failed(thrown);
  }
  // The port stays open: the other side closes it, and takes a port that closes by itself for a thread that died.
}

function load({ module, file }: WorkerRequest): Promise<ModuleDefinition> {
  const known = loaded.get(file) ?? loadModuleFile(module, new URL(file));
  loaded.set(file, known);
  return known;
}

function loggerTo(say: (message: FromWorker) => void): Logger {
  const at =
    (level: "debug" | "info" | "warn" | "error") =>
    (message: string, fields: LogFields = {}) =>
      say({ type: "log", level, message, fields: keepFields(fields) });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function keepFields(fields: LogFields): JsonObject {
  try {
    return keep(fields) as JsonObject;
  } catch {
    return {};
  }
}
