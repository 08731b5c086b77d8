// What runs an attempt where it was sent to. Everything goes back as data, since an error that is thrown across threads
// or processes loses its class, code and details.
import type { JsonObject, JsonValue, LogFields, Logger } from "@orch/core/base";
import { boundedLogger } from "./bounded-logger.ts";
import { actionNotFound } from "./errors.ts";
import { abortError, failed, type Outcome } from "./failure.ts";
import type { ActionContext, ModuleDefinition } from "./module.ts";
import { loadModuleFile } from "./module-folder.ts";
import { keep, perform } from "./perform.ts";
import type { AbortReason, Asked, FromRemote, RemoteRequest } from "./remote-message.ts";

/** The way back to the engine. */
export interface RemoteLink {
  say(message: FromRemote): void;
  /** Asks for a part of the context and waits for it, without a turn of the event loop. */
  ask(what: Asked): JsonValue;
}

const loaded = new Map<string, Promise<ModuleDefinition>>();

/** One attempt, in the thread or process that it was sent to. */
export class RemoteAttempt {
  readonly #request: RemoteRequest;
  readonly #link: RemoteLink;
  /** Made when the code looks at its signal, which most code never does. */
  #controller: AbortController | null = null;
  #abortedWith: Error | null = null;
  #over = false;

  constructor(request: RemoteRequest, link: RemoteLink) {
    this.#request = request;
    this.#link = link;
  }

  /** Tells the code to stop. */
  abort(reason: AbortReason): void {
    this.#abortedWith ??= abortError(reason);
    this.#controller?.abort(this.#abortedWith);
  }

  /** Runs it; never rejects. What its code says afterwards is not heard. */
  async run(): Promise<Outcome> {
    const { module, action, parameters } = this.#request;
    try {
      const { actions } = await load(this.#request);
      const definition = Object.hasOwn(actions, action) ? actions[action] : undefined;
      if (definition === undefined)
        return failed(actionNotFound(module, action, Object.keys(actions).sort()));
      return await perform({ definition }, parameters, this.#context());
    } catch (thrown) {
      return failed(thrown);
    } finally {
      this.#over = true;
    }
  }

  #context(): ActionContext {
    const say = (message: FromRemote) => {
      if (!this.#over) this.#link.say(message);
    };
    const signal = () => this.#signal();
    const asked = (what: Asked) => this.#ask(what);
    let logger: Logger | null = null;
    return {
      ...this.#request.context,
      get signal() {
        return signal();
      },
      get parameters() {
        return asked("parameters") as JsonObject;
      },
      get results() {
        return asked("results") as JsonObject;
      },
      get history() {
        return asked("history") as readonly JsonObject[];
      },
      get logger() {
        logger ??= boundedLogger(loggerTo(say));
        return logger;
      },
      progress: (fraction, text = "") =>
        say({ type: "progress", fraction: Number(fraction), text: String(text) }),
    };
  }

  #signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#abortedWith) this.#controller.abort(this.#abortedWith);
    }
    return this.#controller.signal;
  }

  readonly #answers = new Map<Asked, JsonValue>();

  #ask(what: Asked): JsonValue {
    const known = this.#answers.get(what);
    if (known !== undefined) return known;
    const answer = (this.#over ? null : this.#link.ask(what)) ?? (what === "history" ? [] : {});
    this.#answers.set(what, answer);
    return answer;
  }
}

function load({ module, file }: RemoteRequest): Promise<ModuleDefinition> {
  const known = loaded.get(file) ?? loadModuleFile(module, new URL(file));
  loaded.set(file, known);
  return known;
}

function loggerTo(say: (message: FromRemote) => void): Logger {
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
