import { type OrchestrationError, StorageError } from "@orch/core";
import { instanceLiveness, listInstances, readInstance } from "./instance.ts";
import type { TaskRuntime } from "./task-runtime.ts";

/** A process that works on the store. */
interface Holder {
  readonly instance: string;
  readonly pid: number;
  /** It was stopped, by a signal or a debugger: it keeps the lock until it goes on. */
  readonly stopped: boolean;
}

/**
 * The error of a store that another process has kept locked for too long, with the processes that may do so: those that
 * work on it and live, stopped ones first. Who holds the lock is written nowhere; reading goes on while it is held.
 */
export function withHolders(error: OrchestrationError, runtime: TaskRuntime): OrchestrationError {
  if (error.code !== "STORE_LOCKED") return error;
  const holders = holdersOf(runtime);
  const stopped = holders.filter((holder) => holder.stopped);
  const pids = (stopped.length > 0 ? stopped : holders).map(({ pid }) => pid).join(", ");
  if (pids === "") return error;
  const suggestion =
    stopped.length > 0
      ? `Let it go on ('kill -CONT ${pids.replaceAll(",", "")}') or end it: nothing that was acknowledged is lost.`
      : "See what these processes do; end one that hangs: nothing that was acknowledged is lost.";
  return new StorageError(
    `${error.message}, for more than five seconds; it may be process ${pids}${stopped.length > 0 ? ", which is stopped" : ""}`,
    {
      code: "STORE_LOCKED",
      retryable: error.retryable,
      details: { ...error.details, holders },
      suggestions: [suggestion],
      cause: error,
    },
  );
}

function holdersOf({ store, instance, probe }: TaskRuntime): Holder[] {
  try {
    const holders = listInstances(store).flatMap((id): Holder[] => {
      const record = id === instance.id ? null : readInstance(id, store);
      const liveness = instanceLiveness(record, probe);
      if (record === null || liveness === "dead") return [];
      // A pid that is not known to be that process's says nothing of it.
      const stopped = liveness === "alive" && probe.isStopped?.(record.pid) === true;
      return [{ instance: id, pid: record.pid, stopped }];
    });
    return holders.toSorted((one, other) => Number(other.stopped) - Number(one.stopped));
  } catch {
    // The store does not even let itself be read: what is known must do.
    return [];
  }
}
