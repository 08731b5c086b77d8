import { errorMessage, OrchestrationError } from "@orch/core";

/** Errors that no code waits for. */
export interface StrayErrors extends Disposable {
  /** Never resolves; rejects when code threw where nothing could catch it, after which no state can be trusted. */
  readonly crashed: Promise<never>;
}

/**
 * Watches for what the code of steps leaves behind, until it is disposed of. A promise that was rejected and that nobody
 * handles is only told to `warn`: the rest is sound. Something thrown outside of every action ends the run as
 * INTERNAL_ERROR; it can be resumed.
 */
export function watchStrayErrors(warn: (text: string) => void): StrayErrors {
  const { promise: crashed, reject } = Promise.withResolvers<never>();
  const onException = (cause: unknown) => {
    reject(
      new OrchestrationError(`Code threw outside of its step: ${errorMessage(cause)}`, {
        code: "INTERNAL_ERROR",
        suggestions: ["Look for a timer or an event handler in the code of the step."],
        cause,
      }),
    );
  };
  const onRejection = (reason: unknown) =>
    warn(`A rejected promise was not handled: ${errorMessage(reason)}`);
  process.on("uncaughtException", onException);
  process.on("unhandledRejection", onRejection);
  // It is raced with the run, and may lose.
  crashed.catch(() => {});
  return {
    crashed,
    [Symbol.dispose]() {
      process.off("uncaughtException", onException);
      process.off("unhandledRejection", onRejection);
    },
  };
}
