import type { JsonObject, OrchestrationMode } from "@orch/core";
import { needOptions, needText } from "@orch/core/base";
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

/** The options of a call whose last argument may be the id of a session alone. Throws INVALID_PARAMETERS. */
export const optionsOf = <Options extends InSession>(given: Options | string): Options =>
  typeof given === "string" ? ({ sessionId: needText("sessionId", given) } as Options) : given;

/**
 * The arguments of `executeWorkflow` behind the name: parameters and options (or the id of a session), or the id of a
 * session (null: none) and parameters.
 */
export function runArguments<Options extends InSession>(
  second: JsonObject | string | null,
  third: Options | string | JsonObject,
): { readonly parameters: JsonObject; readonly options: Options } {
  if (second === null || typeof second === "string") {
    const options = second === null ? ({} as Options) : optionsOf<Options>(second);
    return { parameters: third as JsonObject, options };
  }
  return { parameters: second, options: optionsOf(third as Options | string) };
}
