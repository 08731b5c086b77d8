import { errorMessage, OrchestrationError } from "./errors.ts";
import { type Logger, noopLogger } from "./logger.ts";

/** What every event has: the name of a fact in the past tense. */
export interface BaseEvent {
  readonly type: string;
}

/** Handles an event; what it returns is ignored, what it throws or rejects with is logged. */
export type EventHandler<Event> = (event: Event) => unknown;

type EventOf<Event extends BaseEvent, Type extends string> = Type extends "*" ? Event : Extract<Event, { readonly type: Type }>;

/** How a stream of events waits for its reader. */
export interface StreamOptions {
  /** Ends the stream, without an error. */
  readonly signal?: AbortSignal;
  /** Events kept for a slow reader. Past it the stream ends with LIMIT_EXCEEDED, so nothing is lost unseen. @default 10000 */
  readonly buffer?: number;
}

const DEFAULT_BUFFER = 10_000;

/** Tells facts to whoever listens, in order. A listener that fails is logged and changes nothing for the others. */
export class EventBus<Event extends BaseEvent> {
  readonly #handlers = new Map<string, Set<EventHandler<never>>>();
  readonly #logger: Logger;
  #emitted = 0;
  #failed = 0;

  constructor({ logger = noopLogger }: { readonly logger?: Logger } = {}) {
    this.#logger = logger;
  }

  /** How many events were emitted. */
  get emitted(): number {
    return this.#emitted;
  }

  /** How often a handler threw or rejected. */
  get handlerErrors(): number {
    return this.#failed;
  }

  /** Calls `handler` for each event of a type (`"*"`: all), in the order of registration. Returns the undo. */
  on<Type extends Event["type"] | "*">(type: Type, handler: EventHandler<EventOf<Event, Type>>): () => void {
    const handlers = this.#handlers.get(type) ?? new Set();
    this.#handlers.set(type, handlers);
    // A wrapper, so that one function registered twice is called twice and each undo is its own.
    const registered: EventHandler<EventOf<Event, Type>> = (event) => handler(event);
    handlers.add(registered);
    return () => {
      handlers.delete(registered);
    };
  }

  /** Whether anybody listens for `type`: lets a hot path skip building an event. O(1). */
  hasListeners(type: Event["type"]): boolean {
    return (this.#handlers.get(type)?.size ?? 0) > 0 || (this.#handlers.get("*")?.size ?? 0) > 0;
  }

  /** Handlers by event type, those of `"*"` included. */
  handlerCounts(): Record<string, number> {
    const counts = [...this.#handlers].map(([type, { size }]) => [type, size] as const);
    return Object.fromEntries(counts.filter(([, size]) => size > 0));
  }

  /** Calls the handlers of the event's type, then those of `"*"`. Never throws. */
  emit(event: Event): void {
    this.#emitted++;
    for (const type of [event.type, "*"]) {
      for (const handler of this.#handlers.get(type) ?? []) this.#call(handler, event);
    }
  }

  /** The events from now on, one by one. Leaving the loop or aborting `signal` ends it. */
  stream({ signal, buffer = DEFAULT_BUFFER }: StreamOptions = {}): AsyncIterableIterator<Event> {
    const waiting: Event[] = [];
    let wake: (() => void) | null = null;
    let ended: "open" | "closed" | "overflow" = signal?.aborted ? "closed" : "open";
    const undo = this.on("*", (event) => {
      if (waiting.length >= buffer) end("overflow");
      else waiting.push(event as Event);
      wake?.();
    });
    const end = (how: "closed" | "overflow") => {
      if (ended === "open") ended = how;
      undo();
      signal?.removeEventListener("abort", close);
      wake?.();
    };
    const close = () => end("closed");
    signal?.addEventListener("abort", close, { once: true });
    if (ended === "closed") undo();

    async function* read(): AsyncGenerator<Event, void, void> {
      try {
        for (;;) {
          while (waiting.length > 0) yield waiting.shift() as Event;
          if (ended === "closed") return;
          if (ended === "overflow") throw overflow(buffer);
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      } finally {
        end("closed");
      }
    }
    return read();
  }

  #call(handler: EventHandler<never>, event: Event): void {
    const failed = (error: unknown) => {
      this.#failed++;
      this.#logger.error(`A handler of ${event.type} failed: ${errorMessage(error)}`, { event: event.type });
    };
    try {
      const result: unknown = handler(event as never);
      if (result instanceof Promise) result.catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}

const overflow = (buffer: number): OrchestrationError =>
  new OrchestrationError(`An event stream fell ${buffer} events behind and was ended`, {
    code: "LIMIT_EXCEEDED",
    details: { limit: buffer },
    suggestions: ["Read faster, give a larger buffer, or read the stored events from the last sequence number seen."],
  });
