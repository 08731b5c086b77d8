import { type Clock, errorMessage, type JsonValue, type Logger, type Store } from "@orch/core";
import { CACHE_SLACK, MOST_CACHED, readEntry, sweepEntries, writeEntry } from "./cache-entry.ts";
import { type CacheRule, cacheKey } from "./cache-rule.ts";
import { copyJson, mostBytes } from "./copy-json.ts";
import { failed, type Outcome } from "./failure.ts";
import type { LiveTask } from "./live-task.ts";
import type { ResolvedAction } from "./resolved-action.ts";
import type { Turn } from "./turn.ts";

/** A larger result, in bytes of JSON, is not cached: the cache is there to save time, not to fill the disk. */
const MAX_CACHED_BYTES = 256 * 1024;

/** Writes from one look at how many entries there are to the next. */
const LOOK_EVERY = 50;

/** A result to keep, once its task has completed. */
export interface CacheMessage {
  readonly key: string;
  readonly task: LiveTask;
  readonly rule: CacheRule;
}

/** What a {@link ResultCache} works with. */
export interface ResultCacheInit {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Results of tasks whose spec has a {@link CacheRule}, by what they depend on: module, action and its version, resolved
 * parameters, results of the dependencies. Only of completed tasks, and no result above 256 KiB. At most 1,000 entries;
 * the oldest make room. Tasks with one key that run at the same time in one process call their action once; in two
 * processes each may call it.
 */
export class ResultCache {
  readonly #init: ResultCacheInit;
  readonly #inFlight = new Map<string, Promise<Outcome>>();
  readonly #toKeep = new WeakMap<LiveTask, string>();
  /** Until the next look at how many entries there are. */
  #writesLeft = 0;

  /** @internal */
  constructor(init: ResultCacheInit) {
    this.#init = init;
  }

  /** The outcome of an attempt: that of an earlier one with the same key, marked as `cached`, or what `call` gives. @internal */
  async outcomeOf(
    task: LiveTask,
    { definition }: ResolvedAction,
    signal: AbortSignal,
    call: () => Promise<Outcome>,
  ): Promise<Outcome> {
    const { cache, module, action, parameters } = task.spec;
    if (!cache) return call();
    const version = definition.version ?? null;
    const key = cacheKey({ module, action, version, parameters, dependencies: cache.dependencies() });
    while (cache.read !== false && !signal.aborted) {
      const value = this.#read(key, cache);
      if (value !== undefined) return { ok: true, value, cached: true };
      const other = this.#inFlight.get(key);
      if (!other) break;
      const outcome = await Promise.race([other, aborted(signal)]);
      if (outcome?.ok) return { ok: true, value: copyJson(outcome.value), cached: true };
    }
    return signal.aborted ? failed(signal.reason) : this.#call(key, task, call);
  }

  /** The message that keeps the result of a task which was called for, or null. @internal */
  messageFor(task: LiveTask, outcome: Outcome): CacheMessage | null {
    const key = this.#toKeep.get(task);
    const { cache: rule } = task.spec;
    if (key === undefined || !rule) return null;
    this.#toKeep.delete(task);
    return outcome.ok ? { key, task, rule } : null;
  }

  /** Keeps the result of a task that has completed; part of the tick's transaction. @internal */
  receive({ key, task, rule }: CacheMessage, turn: Turn): void {
    if (task.status !== "completed" || !isSmall(task.value)) return;
    const { module, action, key: source } = task.spec;
    if (this.#writesLeft-- <= 0) {
      sweepEntries(turn.store, turn, { at: turn.at, most: MOST_CACHED - CACHE_SLACK });
      this.#writesLeft = LOOK_EVERY - 1;
    }
    const [created_at, expires_at] = [turn.at, turn.at + rule.ttlMs];
    writeEntry(key, { module, action, value: task.value, created_at, expires_at, source }, turn.store, turn);
  }

  /** Removes entries that have expired; returns how many. */
  sweep(): number {
    return this.#remove(MOST_CACHED);
  }

  /** Removes all entries; returns how many. */
  clear(): number {
    return this.#remove(0);
  }

  #remove(most: number): number {
    const { store, clock } = this.#init;
    return store.transact((tx) => sweepEntries(tx, tx, { at: clock.now(), most }));
  }

  /** Nothing may be awaited before it is in flight: whoever comes next waits for it. */
  async #call(key: string, task: LiveTask, call: () => Promise<Outcome>): Promise<Outcome> {
    const running = call();
    this.#inFlight.set(key, running);
    try {
      const outcome = await running;
      if (outcome.ok) this.#toKeep.set(task, key);
      return outcome;
    } finally {
      if (this.#inFlight.get(key) === running) this.#inFlight.delete(key);
    }
  }

  /** A cache that cannot be read is an empty one: the action is called. */
  #read(key: string, { ttlMs }: CacheRule): JsonValue | undefined {
    const { store, clock, logger } = this.#init;
    try {
      const entry = readEntry(key, store, { at: clock.now(), ttlMs });
      return entry === null ? undefined : copyJson(entry.value);
    } catch (error) {
      logger.warn(`The cache of results cannot be read: ${errorMessage(error)}`);
      return undefined;
    }
  }
}

const isSmall = (value: JsonValue): boolean =>
  mostBytes(value) <= MAX_CACHED_BYTES || Buffer.byteLength(JSON.stringify(value)) <= MAX_CACHED_BYTES;

const aborted = (signal: AbortSignal): Promise<null> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(null), { once: true }));
