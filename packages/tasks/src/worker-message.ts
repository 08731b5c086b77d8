import type { JsonObject } from "@orch/core";
import type { Failure } from "./failure.ts";
import type { ActionContext } from "./module.ts";

/** What a worker thread gets to run one attempt; everything in it survives structured cloning. */
export interface WorkerRequest {
  readonly file: string;
  readonly module: string;
  readonly action: string;
  readonly parameters: JsonObject;
  readonly context: Omit<ActionContext, "signal" | "logger" | "progress">;
}

/** What the worker says while it runs. */
export type FromWorker =
  | { readonly type: "begun" }
  | { readonly type: "progress"; readonly fraction: number; readonly text: string }
  | {
      readonly type: "log";
      readonly level: "debug" | "info" | "warn" | "error";
      readonly message: string;
      readonly fields: JsonObject;
    };

/** What the worker is told while it runs. */
export interface ToWorker {
  readonly type: "abort";
  /** What its signal is aborted with. */
  readonly reason: Pick<Failure, "message" | "type" | "code">;
}
