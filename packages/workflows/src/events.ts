/** What happens to workflows and their steps, told after it is stored. */
export type WorkflowEvent = {
  readonly execution_id: string;
  readonly workflow_name: string;
  readonly sequence: number;
  readonly at: number;
} & (
  | {
      readonly type: "workflow_started";
      readonly session_id: string | null;
      readonly steps_count: number;
      readonly resumed: boolean;
    }
  | {
      readonly type: "workflow_completed";
      readonly session_id: string | null;
      readonly success: boolean;
      readonly status: string;
      readonly execution_time: number;
      readonly error: string | null;
    }
  | {
      readonly type: "step_started";
      readonly step_name: string;
      readonly attempt: number;
      /** How many items a `foreach` step has. */
      readonly items?: number;
      /** How many of them have ended before. */
      readonly items_ended?: number;
    }
  | {
      readonly type: "step_completed";
      readonly step_name: string;
      readonly attempt: number;
      readonly execution_time: number;
      /** Nothing was called: it is the result of an earlier run with the same input. */
      readonly cached?: boolean;
    }
  | {
      readonly type: "step_failed";
      readonly step_name: string;
      readonly status: string;
      readonly attempt: number;
      readonly execution_time: number;
      readonly error: string;
      readonly error_code: string;
    }
  | {
      readonly type: "step_retrying";
      readonly step_name: string;
      readonly attempt: number;
      readonly error: string;
      readonly delay_seconds: number;
    }
  | { readonly type: "step_skipped"; readonly step_name: string; readonly reason: string }
  | {
      /** It waits for a time, an answer or another execution, and holds nothing meanwhile. */
      readonly type: "step_waiting";
      readonly step_name: string;
      /** The control step, such as `human.approval`. */
      readonly kind: string;
      /** Milliseconds since the epoch; null: only what it waits for ends it. */
      readonly until: number | null;
      readonly child_execution_id: string | null;
      /** What a person is asked, its beginning; of an approval or an input. */
      readonly message?: string;
    }
  | {
      readonly type: "item_started";
      readonly step_name: string;
      /** Its index, from 0. */
      readonly item: number;
      readonly attempt: number;
    }
  | {
      readonly type: "item_completed";
      readonly step_name: string;
      readonly item: number;
      readonly attempt: number;
      readonly execution_time: number;
    }
  | {
      readonly type: "item_failed";
      readonly step_name: string;
      readonly item: number;
      readonly status: string;
      readonly attempt: number;
      readonly execution_time: number;
      readonly error: string;
      readonly error_code: string;
    }
  | {
      readonly type: "item_retrying";
      readonly step_name: string;
      readonly item: number;
      readonly attempt: number;
      readonly error: string;
      readonly delay_seconds: number;
    }
  | {
      /** It waits for another execution, and holds nothing meanwhile. */
      readonly type: "item_waiting";
      readonly step_name: string;
      readonly item: number;
      /** The control step, `workflow.run`. */
      readonly kind: string;
      /** Milliseconds since the epoch; null: only what it waits for ends it. */
      readonly until: number | null;
      readonly child_execution_id: string | null;
    }
  | {
      readonly type: "undo_started";
      readonly step_name: string;
      /** Where one item is undone by itself. */
      readonly item?: number;
      readonly attempt: number;
    }
  | {
      readonly type: "undo_retrying";
      readonly step_name: string;
      readonly item?: number;
      readonly attempt: number;
      readonly error: string;
      readonly delay_seconds: number;
    }
  | {
      readonly type: "undo_completed";
      readonly step_name: string;
      readonly item?: number;
      readonly attempt: number;
      readonly execution_time: number;
    }
  | {
      readonly type: "undo_failed";
      readonly step_name: string;
      readonly item?: number;
      readonly attempt: number;
      readonly error: string;
      readonly error_code: string;
    }
  | { readonly type: "workflow_paused" }
  | { readonly type: "workflow_continued" }
);

/** How far a step is: told live, never stored. */
export interface StepProgress {
  readonly type: "step_progress";
  readonly execution_id: string;
  readonly workflow_name: string;
  readonly step_name: string;
  readonly at: number;
  /** From 0 to 1. */
  readonly fraction: number;
  readonly text: string;
}

/** A workflow was defined, or defined anew. */
export interface WorkflowCreated {
  readonly type: "workflow_created";
  readonly workflow_name: string;
  readonly steps_count: number;
  readonly at: number;
}
