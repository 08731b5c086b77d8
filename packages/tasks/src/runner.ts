import type { JsonObject } from "@orch/core";
import type { Outcome } from "./failure.ts";
import type { ActionContext } from "./module.ts";
import type { ResolvedAction } from "./resolved-action.ts";

/** One attempt, ready to run. */
export interface Attempt {
  readonly module: string;
  readonly action: string;
  readonly resolved: ResolvedAction;
  readonly parameters: JsonObject;
  readonly context: ActionContext;
}

/** Where attempts run: this thread, a worker thread, a process. */
export interface Runner {
  /**
   * Runs an attempt and resolves when its code has really ended, however it ended; never rejects. The context's signal
   * tells it to stop.
   */
  run(attempt: Attempt): Promise<Outcome>;
  /** Ends what it keeps (threads, processes); running attempts end with it. */
  close(): Promise<void>;
}
