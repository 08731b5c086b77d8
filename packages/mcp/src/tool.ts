import type { Clock, IdGenerator, JsonObject, Logger } from "@orch/core";
import type { OpenQuestion } from "@orch/workflows";
import type { z } from "zod";
import { type FieldType, inputSchemaOf, type ObjectSchema, outputSchemaOf } from "./json-schema.ts";
import type { ToolOutcome } from "./mcp-result.ts";
import type { OrchestrationApi } from "./orchestration-api.ts";
import type { PolicyLevel } from "./policy-level.ts";

/** How far the work of a call is. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** What goes on. */
  readonly text: string;
}

/** What a call asks for that a policy may allow by name. */
export interface PolicyAsk {
  readonly workflows?: readonly string[];
  /** As `module.action`. */
  readonly actions?: readonly string[];
  /** Where it takes more than the tool itself. */
  readonly level?: PolicyLevel;
}

/** A run that an earlier round of the same call has begun, and that has asked a person something. */
export interface EarlierRound {
  readonly executionId: string;
  /** Brings what the person has said. Called once it is known that the caller may go on. */
  settle(): Promise<void>;
}

/** A run that a tool has begun, and what its call said of it. */
export interface BegunRun {
  readonly executionId: string;
  /** The metadata of the call that has begun it. */
  readonly facts: JsonObject;
}

/** What a tool works with. */
export interface ToolContext {
  readonly host: OrchestrationApi;
  /** Who calls; handles of others look unknown. */
  readonly caller: string;
  /** The caller's level; "full" where nothing limits it. */
  readonly level: PolicyLevel;
  /** Aborts when the caller has given up. */
  readonly signal: AbortSignal;
  /** Asks the policy for what only shows while the tool runs. Throws PERMISSION_DENIED, which is written down. */
  readonly permit: (asks: PolicyAsk) => void;
  readonly progress: (progress: Progress) => void;
  /** Whether the caller follows the run by a handle: then the call ends when the run has begun, and is on disk. */
  readonly detaches: boolean;
  /** What the call goes on with, in place of a run of its own; null: it begins one. */
  readonly goesOn: EarlierRound | null;
  /** A person is asked something in the run: the call ends, and the run goes on. */
  readonly asked: (question: OpenQuestion) => void;
  /** Characters that the data of a run may have; what is longer is summarized. null: no limit. */
  readonly budget: number | null;
  readonly clock: Clock;
  readonly newId: IdGenerator;
  readonly logger: Logger;
}

/** What it takes to tell of a run that has ended. */
export type EndContext = Pick<ToolContext, "host" | "budget" | "signal">;

/** What a host of tools may tell its user of a tool, beside its words. */
export interface ToolHints {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

const hints = (readOnly: boolean, destructive: boolean, idempotent: boolean, open: boolean): ToolHints => ({
  readOnlyHint: readOnly,
  destructiveHint: destructive,
  idempotentHint: idempotent,
  openWorldHint: open,
});

/** Hints by kind of tool. */
export const HINTS = {
  /** Looks, and changes nothing. */
  reads: hints(true, false, true, false),
  /** Adds something. */
  adds: hints(false, false, false, false),
  /** Runs code. */
  acts: hints(false, true, false, true),
  /** Changes or ends something; doing it twice changes no more. */
  ends: hints(false, true, true, false),
  /** Changes something. */
  changes: hints(false, true, false, false),
} as const;

/** How a tool is written. */
export interface ToolSpec<Input extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  /** Constant: no user's text. */
  readonly description: string;
  readonly input: Input;
  /** Fields of its data that are worth knowing. */
  readonly data: Readonly<Record<string, FieldType>>;
  readonly hints: ToolHints;
  /** What a call takes. */
  readonly level: PolicyLevel | ((input: z.output<Input>) => PolicyLevel);
  /** Whether a call may take longer than its caller waits. */
  readonly longRunning?: boolean;
  readonly asks?: (input: z.output<Input>) => PolicyAsk;
  /** What a call gives whose run has ended; waits for that. Where it is missing a call is never followed by a handle. */
  readonly ended?: (run: BegunRun, context: EndContext) => Promise<ToolOutcome>;
  run(input: z.output<Input>, context: ToolContext): ToolOutcome | Promise<ToolOutcome>;
}

/** A tool: what is told of it, and what it does. */
export interface Tool extends Omit<ToolSpec<z.ZodObject>, "run" | "level" | "asks" | "data"> {
  readonly inputSchema: ObjectSchema;
  readonly outputSchema: ObjectSchema;
  readonly longRunning: boolean;
  /** What a call with these checked arguments takes. */
  levelOf(input: JsonObject): PolicyLevel;
  asksOf(input: JsonObject): PolicyAsk;
  run(input: JsonObject, context: ToolContext): Promise<ToolOutcome>;
}

/** Makes a tool; its JSON Schemas are computed once, when they are first asked for: a server answers before that. */
export function defineTool<Input extends z.ZodObject>(spec: ToolSpec<Input>): Tool {
  const { data, level, asks, run, longRunning = false, ...told } = spec;
  let inputSchema: ObjectSchema | null = null;
  let outputSchema: ObjectSchema | null = null;
  return {
    ...told,
    longRunning,
    get inputSchema() {
      inputSchema ??= inputSchemaOf(spec.input);
      return inputSchema;
    },
    get outputSchema() {
      outputSchema ??= outputSchemaOf(data);
      return outputSchema;
    },
    levelOf: (input) => (typeof level === "string" ? level : level(input as z.output<Input>)),
    asksOf: (input) => asks?.(input as z.output<Input>) ?? {},
    run: async (input, context) => run(input as z.output<Input>, context),
  };
}
