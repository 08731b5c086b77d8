import type { EventBus, JsonObject } from "@orch/core";
import { toIso } from "@orch/core";
import { needFunction, needText } from "@orch/core/base";
import type { EngineEvent } from "./events.ts";

/** Is told an event: its name, what it says, when it was and which one of its execution (or of its kind) it is. */
export type EngineEventHandler = (
  event: string,
  data: JsonObject,
  meta: { readonly timestamp: string; readonly sequence: number },
) => unknown;

/** The handlers that callers have registered with an engine, by the names of events. */
export class EventHandlers {
  readonly #events: EventBus<EngineEvent>;
  readonly #now: () => number;
  readonly #counts = new Map<string, number>();
  /** Those of events that have none of their own: the same for all handlers. */
  readonly #sequences = new WeakMap<object, number>();
  #told = 0;

  constructor(events: EventBus<EngineEvent>, now: () => number) {
    this.#events = events;
    this.#now = now;
  }

  /** Calls `handler` for each event of a name (`"*"`: all) from now on; returns the undo. Throws INVALID_PARAMETERS. */
  register(event: string, handler: EngineEventHandler): () => void {
    needText("event", event);
    needFunction("handler", handler);
    const stop = this.#events.on(event as "*", (told) => {
      const {
        type,
        sequence = this.#sequenceOf(told),
        at = this.#now(),
        ...data
      } = told as {
        readonly type: string;
        readonly sequence?: number;
        readonly at?: number | string;
      };
      return handler(type, data as JsonObject, {
        timestamp: typeof at === "number" ? toIso(at) : at,
        sequence,
      });
    });
    this.#count(event, 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      stop();
      this.#count(event, -1);
    };
  }

  /** How many there are, by the name that they were registered for. */
  counts(): Record<string, number> {
    return Object.fromEntries([...this.#counts].filter(([, many]) => many > 0));
  }

  #sequenceOf(event: object): number {
    const sequence = this.#sequences.get(event) ?? ++this.#told;
    this.#sequences.set(event, sequence);
    return sequence;
  }

  #count(event: string, by: number): void {
    this.#counts.set(event, (this.#counts.get(event) ?? 0) + by);
  }
}
