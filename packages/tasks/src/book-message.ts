import type { EventBus, OrchestrationError } from "@orch/core";
import type { AdoptMessage } from "./adoption.ts";
import type { BookEntry } from "./book-entry.ts";
import type { Concurrency } from "./concurrency.ts";
import type { Elsewhere } from "./elsewhere.ts";
import type { EntryTable } from "./entry-table.ts";
import type { TaskEvent } from "./events.ts";
import type { Failure } from "./failure.ts";
import type { SessionPort } from "./session-port.ts";

/** What is posted to the book. */
export type BookMessage =
  /** `replaces` is the id of a dead letter that this task is the next try of, or null. */
  | { readonly type: "add"; readonly entry: BookEntry; readonly replaces: string | null }
  | {
      readonly type: "cancel";
      readonly id: string;
      readonly failure: Failure;
      /** @default "cancelled" */
      readonly status?: "timeout";
    }
  | AdoptMessage
  /** The note that a task gave up is not wanted any more. */
  | { readonly type: "discard"; readonly id: string }
  /** Instances that are dead and own nothing. */
  | { readonly type: "prune"; readonly instances: readonly string[] }
  /** Tasks of other processes may have ended. */
  | { readonly type: "look_outside" }
  /** The turn before left dependents of what has ended, see {@link BookInit.goOn}. */
  | { readonly type: "go_on" }
  /** The dead letters of these are not wanted any more. */
  | { readonly type: "forget"; readonly ids: readonly string[] };

/** What the book tells, after the commit. */
interface BookListener {
  /** The tasks that have changed show it now. Those that have ended are in `ended`. */
  changed(ended: readonly BookEntry[]): void;
  /** These have left memory. */
  forgotten(tasks: readonly BookEntry[]): void;
  /** Nothing more will happen. */
  failed(error: OrchestrationError): void;
}

/** What a {@link TaskBook} is made of. */
export interface BookInit {
  readonly instance: string;
  readonly events: EventBus<TaskEvent>;
  readonly listener: BookListener;
  readonly concurrency: Concurrency;
  /** How many tasks that have ended stay in memory. */
  readonly retention: number;
  /** The store is memory, too: what leaves one leaves the other. */
  readonly isVolatile: boolean;
  readonly elsewhere: Elsewhere;
  readonly sessions: SessionPort;
  /** Where its tasks are, with those that are still on their way to it. */
  readonly entries: EntryTable;
  /** Called in a turn that could not look at all that it was to: posts `go_on`, so that the next one does. */
  readonly goOn: () => void;
}
