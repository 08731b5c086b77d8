import type { Feed } from "./feed.ts";

/** How {@link runFibres} runs. */
export interface FibreOptions<Result> {
  /** How many run at once, at most. */
  readonly limit: number;
  /** The results by number, written as they come. */
  readonly results: Result[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `work` for everything that the feed hands out, at most `limit` at once. Each fibre takes the next number, waits for
 * its end and goes on; one that finds nothing ready ends, and is started again when an end makes more ready than the fibre
 * that saw it can take. So a number costs one promise, that of its work. Resolves when nothing runs and nothing is ready.
 * The first error rejects at once, as an aborted signal does with its reason; nothing more is started then.
 */
export function runFibres<Result>(
  feed: Feed,
  work: (node: number) => Result | PromiseLike<Result>,
  { limit, results, signal }: FibreOptions<Result>,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let fibres = 0;
  let stopped = false;
  const finish = (settle: () => void): void => {
    stopped = true;
    signal?.removeEventListener("abort", onAbort);
    settle();
  };
  const onAbort = (): void => finish(() => reject(signal?.reason));
  const start = (): void => {
    fibres++;
    void fibre();
  };
  const fibre = async (): Promise<void> => {
    try {
      for (let node = feed.shift(); node !== undefined; node = stopped ? undefined : feed.shift()) {
        results[node] = await work(node);
        feed.ended(node);
        while (fibres < limit && feed.length > 1 && !stopped) start();
      }
    } catch (error) {
      finish(() => reject(error));
    }
    fibres--;
    if (fibres === 0 && !stopped) finish(resolve);
  };
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  while (fibres < limit && feed.length > 0 && !stopped) start();
  if (fibres === 0 && !stopped) finish(resolve);
  return promise;
}
