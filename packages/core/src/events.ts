import { errorMessage } from "./errors.ts";
import { EventStream, type StreamOptions } from "./event-stream.ts";
import { type Logger, noopLogger } from "./logger.ts";

/** What every event has: the name of a fact in the past tense. */
export interface BaseEvent {
  readonly type: string;
}

/** Handles an event; what it returns is ignored, what it throws or rejects with is logged. */
export type EventHandler<Event> = (event: Event) => unknown;

/** The event of a type in a union of events; of `"*"` all of them. */
export type EventOf<Event extends BaseEvent, Type extends string> = Type extends "*"
  ? Event
  : Extract<Event, { readonly type: Type }>;

interface Registration {
  readonly number: number;
  readonly handler: EventHandler<never>;
}

/**
 * Tells facts to whoever listens. Every listener sees the events in the order in which they were emitted, also when a
 * handler emits further ones. A listener that fails is logged and changes nothing for the others.
 */
export class EventBus<Event extends BaseEvent> {
  readonly #handlers = new Map<string, Set<Registration>>();
  readonly #logger: Logger;
  /** Emitted by handlers, to be told when the event before has been told to everybody. */
  readonly #queue: Event[] = [];
  #emitting = false;
  /** How many handlers there are. */
  #listening = 0;
  #registered = 0;
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

  /**
   * Calls `handler` for each event of a type (`"*"`: all) that is emitted from now on, in the order of registration.
   * Returns the undo, after which it is not called again. A function registered twice is called twice. O(1).
   */
  on<Type extends Event["type"] | "*">(type: Type, handler: EventHandler<EventOf<Event, Type>>): () => void {
    const handlers = this.#handlers.get(type) ?? new Set();
    this.#handlers.set(type, handlers);
    const registration: Registration = { number: this.#registered++, handler };
    handlers.add(registration);
    this.#listening++;
    return () => {
      if (handlers.delete(registration)) this.#listening--;
    };
  }

  /** Whether anybody listens for `type`: lets a hot path skip building an event. O(1). */
  hasListeners(type: Event["type"]): boolean {
    if (this.#listening === 0) return false;
    return (this.#handlers.get(type)?.size ?? 0) > 0 || (this.#handlers.get("*")?.size ?? 0) > 0;
  }

  /** Handlers by event type, those of `"*"` included. */
  handlerCounts(): Record<string, number> {
    const counts = [...this.#handlers].map(([type, { size }]) => [type, size] as const);
    return Object.fromEntries(counts.filter(([, size]) => size > 0));
  }

  /**
   * Calls the handlers of the event's type, then those of `"*"`, before it returns; called by a handler, it returns at
   * once and the event is told next. Never throws.
   */
  emit(event: Event): void {
    this.#emitted++;
    if (this.#emitting) {
      this.#queue.push(event);
      return;
    }
    this.#emitting = true;
    try {
      this.#tell(event);
      // A loop over an array also visits what is pushed on the way.
      for (const next of this.#queue) this.#tell(next);
    } finally {
      this.#queue.length = 0;
      this.#emitting = false;
    }
  }

  /** The events from now on, one by one. Leaving the loop, `return()` or aborting `signal` ends it. */
  stream(options: StreamOptions = {}): AsyncIterableIterator<Event, void, void> {
    return new EventStream<Event>((push) => this.on("*", push as EventHandler<EventOf<Event, "*">>), options);
  }

  #tell(event: Event): void {
    const known = this.#registered;
    this.#tellAll(this.#handlers.get(event.type), event, known);
    this.#tellAll(this.#handlers.get("*"), event, known);
  }

  #tellAll(handlers: ReadonlySet<Registration> | undefined, event: Event, known: number): void {
    if (handlers === undefined) return;
    for (const { number, handler } of handlers) {
      // Registered by a handler of this very event: what it listens for comes later.
      if (number >= known) return;
      this.#call(handler, event);
    }
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
