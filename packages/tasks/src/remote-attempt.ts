// What runs an attempt where it was sent to. Everything goes back as data, since an error that is thrown across threads
// or processes loses its class, code and details. What only an attempt that fails needs is loaded by the first of them: a
// module costs about a millisecond, a tenth of the start of a thread.
import type { JsonObject, JsonValue, LogFields, Logger } from "@orch/core/base";
import { boundedLogger } from "./bounded-logger.ts";
import { inputOf, resultOf } from "./call-check.ts";
import type { Outcome } from "./failure.ts";
import type { ActionContext, ActionDefinition, ModuleDefinition } from "./module.ts";
import type { AbortReason, Asked, FromRemote, RemoteRequest } from "./remote-message.ts";

/** The way back to the engine. */
export interface RemoteLink {
  say(message: FromRemote): void;
  /** Asks for a part of the context and waits for it, without a turn of the event loop. */
  ask(what: Asked): JsonValue;
}

const loaded = new Map<string, ModuleDefinition>();

/** One attempt, in the thread or process that it was sent to. */
export class RemoteAttempt {
  readonly #request: RemoteRequest;
  readonly #link: RemoteLink;
  /** Made when the code looks at its signal, which most code never does. */
  #controller: AbortController | null = null;
  #abortedWith: Error | null = null;
  #logger: Logger | null = null;
  #answers: Map<Asked, JsonValue> | null = null;
  #over = false;

  constructor(request: RemoteRequest, link: RemoteLink) {
    this.#request = request;
    this.#link = link;
  }

  /** Tells the code to stop. */
  abort({ message, type, code }: AbortReason): void {
    this.#abortedWith ??= Object.assign(new Error(message), { name: type, code });
    this.#controller?.abort(this.#abortedWith);
  }

  /** Runs it; never rejects. What its code says afterwards is not heard. */
  async run(): Promise<Outcome> {
    const { action, parameters, context, file } = this.#request;
    try {
      const definition = ownAction(loaded.get(file), action) ?? (await load(this.#request));
      const input = inputOf(definition, parameters);
      const returned: unknown = await definition.run(input, contextOf(context, this));
      return { ok: true, value: resultOf(definition, returned) };
    } catch (thrown) {
      this.#over = true;
      const { failedCall } = await import("./perform.ts");
      return failedCall(thrown, context);
    } finally {
      this.#over = true;
    }
  }

  /** Says something to the engine, as long as the attempt runs. */
  say(message: FromRemote): void {
    if (!this.#over) this.#link.say(message);
  }

  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#abortedWith) this.#controller.abort(this.#abortedWith);
    }
    return this.#controller.signal;
  }

  get logger(): Logger {
    this.#logger ??= boundedLogger(loggerTo((message) => this.say(message)));
    return this.#logger;
  }

  /** A part of the context, from the engine when the code first looks at it. */
  ask(what: Asked): JsonValue {
    this.#answers ??= new Map();
    const known = this.#answers.get(what);
    if (known !== undefined) return known;
    const answer = (this.#over ? null : this.#link.ask(what)) ?? (what === "history" ? [] : {});
    this.#answers.set(what, answer);
    return answer;
  }
}

const ATTEMPT = Symbol("attempt");

interface Owned {
  readonly [ATTEMPT]: RemoteAttempt;
}

const lazy = (get: (this: Owned) => unknown): PropertyDescriptor => ({
  enumerable: true,
  configurable: true,
  get,
});

/** What is made, or asked for, when the code looks at it: own properties, so that a copy of the context has them, too. */
const LAZY: PropertyDescriptorMap = {
  signal: lazy(function () {
    return this[ATTEMPT].signal;
  }),
  parameters: lazy(function () {
    return this[ATTEMPT].ask("parameters");
  }),
  results: lazy(function () {
    return this[ATTEMPT].ask("results");
  }),
  history: lazy(function () {
    return this[ATTEMPT].ask("history");
  }),
  logger: lazy(function () {
    return this[ATTEMPT].logger;
  }),
};

/** The getters are the same for every attempt, which find theirs by a hidden property: to make them takes longer than a call. */
function contextOf(given: RemoteRequest["context"], attempt: RemoteAttempt): ActionContext {
  const context = {
    ...given,
    progress: (fraction: number, text = "") =>
      attempt.say({ type: "progress", fraction: Number(fraction), text: String(text) }),
  };
  Object.defineProperty(context, ATTEMPT, { value: attempt });
  return Object.defineProperties(context, LAZY) as ActionContext;
}

/** Loads the file of an action's module. Throws as the registry does, and ACTION_NOT_FOUND. */
async function load({ module, file, action }: RemoteRequest): Promise<ActionDefinition> {
  const found = await tryLoad(file, action);
  if (found !== undefined) return found;
  const [{ loadModuleFile }, { actionNotFound }] = await Promise.all([
    import("./module-folder.ts"),
    import("./errors.ts"),
  ]);
  const definition = await loadModuleFile(module, new URL(file));
  const known = ownAction(definition, action);
  if (known === undefined) throw actionNotFound(module, action, Object.keys(definition.actions).sort());
  return known;
}

/** The action in a file, or undefined: what is wrong then is found out by who can say it. */
async function tryLoad(file: string, action: string): Promise<ActionDefinition | undefined> {
  try {
    const { default: exported } = (await import(file)) as { default?: ModuleDefinition };
    const found = ownAction(exported, action);
    if (exported === undefined || typeof found?.run !== "function") return undefined;
    loaded.set(file, exported);
    return found;
  } catch {
    return undefined;
  }
}

const ownAction = (module: ModuleDefinition | undefined, action: string): ActionDefinition | undefined =>
  module !== undefined && Object.hasOwn(module.actions, action) ? module.actions[action] : undefined;

/** Behind a bounded logger, which has made JSON of the fields. */
function loggerTo(say: (message: FromRemote) => void): Logger {
  const at =
    (level: "debug" | "info" | "warn" | "error") =>
    (message: string, fields: LogFields = {}) =>
      say({ type: "log", level, message, fields: fields as JsonObject });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
