import type { JsonObject, Logger } from "@orch/core";
import type { z } from "zod";

/** Where an attempt of an action runs: in the engine's thread, in a worker thread, in a child process. */
export const ISOLATIONS = ["inline", "worker", "process"] as const;
/** One of inline, worker, process. */
export type Isolation = (typeof ISOLATIONS)[number];

/** What an action knows about the session that it runs in. */
export interface SessionView {
  readonly sessionId: string;
  readonly userId: string;
  readonly mode: string;
  readonly metadata: JsonObject;
}

/** What an action gets beside its parameters. */
export interface ActionContext {
  /** Aborted when the attempt is cancelled or timed out: stop soon. Its reason is the error. */
  readonly signal: AbortSignal;
  /** Number of this attempt, from 1. */
  readonly attempt: number;
  readonly taskId: string;
  readonly stepName?: string;
  readonly executionId?: string;
  readonly sessionId?: string;
  /** The same on every attempt of a step: lets other systems recognise a repetition. */
  readonly idempotencyKey: string;
  /** When the attempt times out, or null. */
  // biome-ignore lint/style/noRestrictedGlobals: a type, no clock
  readonly deadline: Date | null;
  /** The parameters of the whole run (of the task, where there is no run). */
  readonly parameters: JsonObject;
  /**
   * Outputs so far, by name. Of a step: those of all steps of its run that have completed. Of a task: those of its direct
   * dependencies that completed, by id where several have the same name; in a `ParallelExecutor` of all that it depends on,
   * directly or not.
   */
  readonly results: JsonObject;
  readonly session: SessionView | null;
  readonly history: readonly JsonObject[];
  /**
   * Says what happens: a step's lines are kept with its execution. A line has 65,536 characters at most and an attempt 10 Mi,
   * what is more is cut with a mark; fields become JSON.
   */
  readonly logger: Logger;
  /** Tells how far the attempt is: a fraction from 0 to 1 and a short text. Seen live, not stored. */
  progress(fraction: number, text?: string): void;
}

/** An action as the registry calls it: parameters and context in, a JSON value (or a promise of one) out. */
export type ActionHandler = (parameters: JsonObject, context: ActionContext) => unknown;

/** An action with its contract. */
export interface ActionDefinition<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  readonly description: string;
  /** Parsed before each attempt; keys that it does not name are dropped. */
  readonly input: Input;
  /** Parsed after each attempt. Without it any JSON value may come back. */
  readonly output?: Output;
  /** @default "inline" */
  readonly isolation?: Isolation;
  /** Part of the key of cached results: change it when the same input gives another output. */
  readonly version?: string;
  run(input: z.output<Input>, context: ActionContext): unknown;
}

/** A named group of actions: the default export of a module file. */
export interface ModuleDefinition {
  readonly name: string;
  readonly actions: Readonly<Record<string, ActionDefinition>>;
}

/** Gives an action the types of its schemas; returns it unchanged. */
export function action<Input extends z.ZodType, Output extends z.ZodType>(
  definition: ActionDefinition<Input, Output> & {
    run(input: z.output<Input>, context: ActionContext): z.input<Output> | Promise<z.input<Output>>;
  },
): ActionDefinition<Input, Output> {
  return definition;
}

/** Gives a module its type; returns it unchanged. */
export const defineModule = <const Module extends ModuleDefinition>(definition: Module): Module => definition;
