import { Sweeper, type TaskRuntime } from "@orch/tasks";
import type { ExecutionRetention } from "./execution-retention.ts";
import { ExecutionSweep } from "./execution-sweep.ts";

const BETWEEN_MS = 3_600_000;
const MOST_ENDED = 1000;

/** Deletes executions of a store that ended long ago. */
export function executionSweeper(runtime: TaskRuntime, retention: Required<ExecutionRetention>): Sweeper {
  const { store, probe, clock } = runtime;
  return new Sweeper(runtime, {
    subject: "Executions",
    betweenMs: BETWEEN_MS,
    mostEnded: MOST_ENDED,
    newRound: () => new ExecutionSweep({ store, probe, retention, now: () => clock.now() }),
  });
}
