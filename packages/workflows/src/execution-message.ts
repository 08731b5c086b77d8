import type { JsonObject, OrchestrationError } from "@orch/core";
import type { Failure, Turn } from "@orch/tasks";
import type { WorkflowEvent } from "./events.ts";
import type { LiveExecution } from "./live-execution.ts";

/** A new execution. */
export interface BeginMessage {
  readonly type: "begin";
  readonly execution: LiveExecution;
  readonly definition: JsonObject;
  /** Why it ends at once, without a step; null when it does not. */
  readonly refusal: { readonly failure: Failure; readonly status: "cancelled" | "failed" } | null;
  /** Called once the execution is on disk. */
  readonly begun: () => void;
}

/** Goes on with a stored execution. */
export interface TakeOverMessage {
  readonly type: "take_over";
  readonly id: string;
  readonly load: (turn: Turn) => LiveExecution;
  /** The instance that it is taken from, if that is another one. */
  readonly from: string | null;
  /** Called once the execution is on disk as this process's. */
  readonly begun: () => void;
  readonly refused: (error: unknown) => void;
}

/** Ends an execution that this process runs; nothing happens to another one. */
export interface CancelMessage {
  readonly type: "cancel";
  readonly id: string;
  readonly failure: Failure;
  readonly status: "cancelled" | "failed";
}

/** What is posted to the executions. */
export type ExecutionMessage = BeginMessage | TakeOverMessage | CancelMessage;

/** What the executions tell, after the commit. */
export interface ExecutionListener {
  event(event: WorkflowEvent): void;
  progress(execution: LiveExecution, step: string, fraction: number, text: string): void;
  ended(id: string): void;
  failed(error: OrchestrationError): void;
}
