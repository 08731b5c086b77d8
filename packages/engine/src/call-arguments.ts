import type { JsonObject, OrchestrationMode } from "@orch/core";
import { needOptions, needSignal } from "@orch/core/base";
import type { TaskPriority } from "@orch/tasks";
import type { RunOptions } from "@orch/workflows";
import type { SessionInit } from "./session.ts";

/** Options of a new session, beside who it is for. */
export type SessionOptions = Omit<
  SessionInit,
  "sessionId" | "createdAt" | "startedAt" | "updatedAt" | "completedAt" | "status"
>;

const SESSION_OPTIONS = {
  name: true,
  description: true,
  userId: true,
  mode: true,
  maxParallelTasks: true,
  maxParallelWorkflows: true,
  timeoutMs: true,
  resourceRequirements: true,
  metadata: true,
} as const satisfies Record<keyof SessionOptions, true>;

/** What `createSession` is given: who it is for and options, or options that say that, too. Throws INVALID_PARAMETERS. */
export function sessionInit(user: string | SessionOptions = {}, options: SessionOptions = {}): SessionInit {
  const own = typeof user === "string" ? { userId: user } : user;
  for (const given of [own, options]) needOptions("the options of createSession", given, SESSION_OPTIONS);
  return { ...options, ...own };
}

/** Whether the second argument of `createSession` is a mode: then the first one is a name. */
export const isMode = (given: unknown): given is OrchestrationMode => typeof given === "string";

/** In which session a call runs. */
export interface InSession {
  /** @default one made for the call, which ends with it */
  readonly sessionId?: string | undefined;
}

/** How a workflow is run in a session. */
export interface EngineRunOptions extends RunOptions {
  /** Whether a failure is thrown. @default false: it is in the envelope */
  readonly throwOnError?: boolean | undefined;
  /** Of all steps, against other runs. @default the workflow's own */
  readonly priority?: TaskPriority | undefined;
}

const CALL_OPTIONS = {
  timeoutMs: true,
  signal: true,
  mode: true,
  maxParallel: true,
  onFailure: true,
  paramPrecedence: true,
  sessionId: true,
  cache: true,
  executionId: true,
  impliedParameters: true,
  throwOnError: true,
  priority: true,
} as const satisfies Record<keyof EngineRunOptions, true>;

/** The options of a call whose last argument may be the id of a session alone. Throws INVALID_PARAMETERS. */
export function optionsOf<Options extends InSession & Pick<RunOptions, "signal">>(
  given: Options | string,
): Options {
  if (typeof given === "string") return { sessionId: given } as Options;
  needOptions("the options", given, CALL_OPTIONS);
  needSignal("signal", given.signal);
  return given;
}

/**
 * The arguments of `executeWorkflow` behind the name: parameters and options (or the id of a session), or the id of a
 * session (null: none) and parameters.
 */
export function runArguments(
  second: JsonObject | string | null,
  third: EngineRunOptions | string | JsonObject,
): { readonly parameters: JsonObject; readonly options: EngineRunOptions } {
  if (second === null || typeof second === "string") {
    const options = second === null ? {} : optionsOf<EngineRunOptions>(second);
    return { parameters: third as JsonObject, options };
  }
  return { parameters: second, options: optionsOf(third as EngineRunOptions | string) };
}
