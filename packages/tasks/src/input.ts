import type { Failure, Outcome } from "./failure.ts";
import type { LiveTask } from "./live-task.ts";
import type { Participant } from "./participant.ts";

/** An attempt's code has returned. */
export interface AttemptEnd {
  readonly task: LiveTask;
  /** Which attempt, so that a late word of an older one is recognised. */
  readonly attempt: number;
  readonly outcome: Outcome;
  readonly durationMs: number;
  /** Uniform in [0, 1): what the jitter of a retry is drawn with. */
  readonly chance: number;
}

/** Something that happened since the last tick. */
export type Input =
  | ({ readonly type: "attempt_ended" } & AttemptEnd)
  | {
      /** `grace_over`: code that was told to stop, since its attempt had timed out, may have done so by now. */
      readonly type: "attempt_timed_out" | "grace_over" | "retry_due";
      readonly task: LiveTask;
      readonly attempt: number;
    }
  /** It has waited for its resources as long as it may. `sequence` tells one wait from the next. */
  | { readonly type: "wait_over"; readonly task: LiveTask; readonly sequence: number }
  | { readonly type: "cancel"; readonly task: LiveTask; readonly failure: Failure }
  | { readonly type: "look_again" }
  | { readonly type: "heartbeat" }
  | { readonly type: "message"; readonly to: Pick<Participant, "receive">; readonly message: unknown };
