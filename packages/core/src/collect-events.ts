import type { BaseEvent, EventBus } from "./events.ts";

/** The events of `bus` from now on, in an array that grows. `stop` ends it. */
export function collectEvents<Event extends BaseEvent>(
  bus: EventBus<Event>,
): { readonly events: readonly Event[]; stop(): void } {
  const events: Event[] = [];
  const stop = bus.on("*", (event) => {
    events.push(event as Event);
  });
  return { events, stop };
}
