import { OrchestrationError } from "./errors.ts";

/** How a stream of events waits for its reader. */
export interface StreamOptions {
  /** Ends the stream without an error, when what it holds already has been read. */
  readonly signal?: AbortSignal;
  /** Events kept for a slow reader. Past it the stream ends with LIMIT_EXCEEDED, so nothing is lost unseen. @default 10000 */
  readonly buffer?: number;
}

const DEFAULT_BUFFER = 10_000;

/**
 * An endless list of events. Either events wait for a reader or readers for an event, never both. Open, then ended by
 * `return()`, by the signal or by an overflow; from then on nothing comes in, and what waits can still be read, except
 * after `return()`.
 *
 * Not a generator: one that was never asked for its first event would not run its `finally`, and stay registered.
 */
export class EventStream<Event> implements AsyncIterableIterator<Event, void, void> {
  readonly #buffer: number;
  readonly #end: () => void;
  #waiting: Event[] = [];
  /** How many of `#waiting` were read: to shift each would move all the others. Half of them at most. */
  #read = 0;
  #readers: ((result: IteratorResult<Event, void>) => void)[] = [];
  #isOpen = true;
  #failure: OrchestrationError | null = null;

  /** `subscribe` gets what takes the events and returns the undo. */
  constructor(
    subscribe: (push: (event: Event) => void) => () => void,
    { signal, buffer = DEFAULT_BUFFER }: StreamOptions = {},
  ) {
    this.#buffer = buffer;
    const undo = subscribe((event) => this.#push(event));
    this.#end = () => {
      this.#isOpen = false;
      undo();
      signal?.removeEventListener("abort", this.#end);
      for (const resolve of this.#readers.splice(0)) resolve({ done: true, value: undefined });
    };
    if (signal?.aborted) this.#end();
    else signal?.addEventListener("abort", this.#end, { once: true });
  }

  next(): Promise<IteratorResult<Event, void>> {
    if (this.#read < this.#waiting.length) return Promise.resolve({ done: false, value: this.#take() });
    const failure = this.#failure;
    this.#failure = null;
    if (failure) return Promise.reject(failure);
    if (!this.#isOpen) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  return(): Promise<IteratorResult<Event, void>> {
    this.#waiting = [];
    this.#read = 0;
    this.#failure = null;
    this.#end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #push(event: Event): void {
    const reader = this.#readers.shift();
    if (reader) reader({ done: false, value: event });
    else if (this.#waiting.length - this.#read < this.#buffer) this.#waiting.push(event);
    else {
      this.#failure = overflow(this.#buffer);
      this.#end();
    }
  }

  #take(): Event {
    const event = this.#waiting[this.#read++] as Event;
    if (this.#read * 2 >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#read);
      this.#read = 0;
    }
    return event;
  }
}

const overflow = (limit: number): OrchestrationError =>
  new OrchestrationError(`An event stream fell ${limit} events behind and was ended`, {
    code: "LIMIT_EXCEEDED",
    details: { limit },
    suggestions: [
      "Read faster, give a larger buffer, or read the stored events from the last sequence number seen.",
    ],
  });
