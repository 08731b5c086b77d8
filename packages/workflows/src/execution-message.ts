import type { OrchestrationError } from "@orch/core";
import type { Failure, Turn } from "@orch/tasks";
import type { NewExecution } from "./children.ts";
import type { WorkflowEvent } from "./events.ts";
import type { ExecutionRequest } from "./execution-request.ts";
import type { LiveExecution } from "./live-execution.ts";

/** A new execution. */
export interface BeginMessage extends NewExecution {
  readonly type: "begin";
  /** Its id was given: there may be such an execution, in this process or another one. */
  readonly isNamed: boolean;
  /** Called once the execution is on disk. */
  readonly begun: () => void;
  readonly refused: (error: unknown) => void;
}

/** Goes on with a stored execution. */
export interface TakeOverMessage {
  readonly type: "take_over";
  readonly id: string;
  /** Null where it turns out that there is nothing to go on with. */
  readonly load: (turn: Turn) => LiveExecution | null;
  /** The instance that it is taken from, if that is another one. */
  readonly from: string | null;
  /** Nobody has asked for it: its process died. */
  readonly isRecovery: boolean;
  /** It is to go on otherwise than it was: not possible any more when it runs already. */
  readonly isOther: boolean;
  /** Called once the execution is on disk as this process's, or is left alone. */
  readonly begun: () => void;
  readonly refused: (error: unknown) => void;
}

/** Ends an execution that this process runs; nothing happens to another one. */
interface CancelMessage {
  readonly type: "cancel";
  readonly id: string;
  readonly failure: Failure;
  readonly status: "cancelled" | "failed";
}

/** Something is asked of an execution that this process runs. */
export interface RequestMessage {
  readonly type: "request";
  readonly id: string;
  readonly request: ExecutionRequest;
  /** Where another process has stored it; null for one of this process. */
  readonly key: string | null;
  /** Called once what follows from it is on disk. */
  readonly done: () => void;
  readonly refused: (error: unknown) => void;
}

/**
 * Something that a step that waits, or an item of one, has waited for: its time is over, its next attempt is due, or what
 * had to end before it could run another execution may have done so.
 */
export interface WakeMessage {
  readonly type: "time_is_over" | "next_attempt" | "child_undone";
  readonly id: string;
  readonly node: number;
  /** Null for the step itself. */
  readonly item: number | null;
  /** When the wait began, so that no other one is meant. */
  readonly since: number;
}

/** What an execution has done that a step has run is to be undone with the rest. */
export interface UndoChildMessage {
  readonly type: "undo_child";
  readonly id: string;
  readonly child: string;
}

/** Code that goes on after its execution has ended may have returned. */
interface LookAtDrainingMessage {
  readonly type: "look_at_draining";
}

/** Something was logged that waits to be written: every turn does that. */
interface WriteLogsMessage {
  readonly type: "write_logs";
}

/** Places in sessions may have become free. */
interface LookAtPlacesMessage {
  readonly type: "look_at_places";
}

/** What is posted to the executions. */
export type ExecutionMessage =
  | BeginMessage
  | TakeOverMessage
  | CancelMessage
  | RequestMessage
  | WakeMessage
  | UndoChildMessage
  | LookAtDrainingMessage
  | WriteLogsMessage
  | LookAtPlacesMessage;

/** What the executions tell, after the commit. */
export interface ExecutionListener {
  event(event: WorkflowEvent): void;
  progress(execution: LiveExecution, step: string, fraction: number, text: string): void;
  /** It runs here from now on. */
  begun(execution: LiveExecution): void;
  /** It was paused, and goes on. */
  continued(execution: LiveExecution): void;
  ended(id: string): void;
  /** Others than before stand in the queue of a session. */
  queueChanged(): void;
  /** It has ended for something that must not happen. */
  brokenDown(id: string, error: unknown): void;
  failed(error: OrchestrationError): void;
}
