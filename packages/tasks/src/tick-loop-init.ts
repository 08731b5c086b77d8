import type { Clock, Logger, OrchestrationError, Store } from "@orch/core";
import type { SharedLedger } from "@orch/resources";
import type { Failure } from "./failure.ts";
import type { Instance } from "./instance.ts";
import type { LiveTask } from "./live-task.ts";
import type { OthersVersion } from "./others-version.ts";
import type { Participant } from "./participant.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Soon } from "./soon.ts";

/** What the loop does outside of its transaction. */
interface LoopEffects {
  start(task: LiveTask): void;
  abort(task: LiveTask, failure: Failure): void;
  /** The loop has ended: nothing more is written or started. Called once, also when it is closed. */
  ended(error: OrchestrationError): void;
}

/** What a `TickLoop` needs. */
export interface TickLoopInit {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly scheduler: Scheduler;
  readonly ledger: SharedLedger;
  readonly participants: () => Iterable<Participant>;
  readonly instance: Instance;
  readonly others: OthersVersion;
  readonly effects: LoopEffects;
  /** The error that ends the loop, as it is told: with what else is known of a lock that was held for too long. */
  readonly explained: (error: OrchestrationError) => OrchestrationError;
  /** Calls back as soon as this turn of the event loop has brought all it brings. */
  readonly soon: Soon;
  /** The same, where nothing more can be waited for. */
  readonly sooner: Soon;
}
