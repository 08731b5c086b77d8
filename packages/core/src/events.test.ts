import { describe, expect, expectTypeOf, it, vi } from "vitest";
import { collectEvents } from "./collect-events.ts";
import { EventBus } from "./events.ts";
import { noopLogger } from "./logger.ts";

type Tide = { readonly type: "tide_rose"; readonly metres: number } | { readonly type: "tide_fell" };
const rose = (metres: number): Tide => ({ type: "tide_rose", metres });
const fell: Tide = { type: "tide_fell" };

describe("EventBus", () => {
  it("calls the handlers of a type and then those of all, in the order of registration", () => {
    const bus = new EventBus<Tide>();
    const seen: string[] = [];
    bus.on("*", ({ type }) => seen.push(`all ${type}`));
    bus.on("tide_rose", (event) => {
      expectTypeOf(event.metres).toEqualTypeOf<number>();
      seen.push(`first ${event.metres}`);
    });
    bus.on("tide_rose", ({ metres }) => seen.push(`second ${metres}`));
    bus.emit(rose(1));
    bus.emit(fell);
    expect(seen).toEqual(["first 1", "second 1", "all tide_rose", "all tide_fell"]);
    expect(bus.emitted).toBe(2);
  });

  it("calls a function registered twice twice, and takes each registration back on its own", () => {
    const bus = new EventBus<Tide>();
    const handler = vi.fn();
    const undo = bus.on("tide_fell", handler);
    bus.on("tide_fell", handler);
    bus.emit(fell);
    expect(handler).toHaveBeenCalledTimes(2);
    undo();
    undo();
    bus.emit(fell);
    expect(handler).toHaveBeenCalledTimes(3);
  });

  it("tells every listener the events in the order of emission, also those that handlers emit", () => {
    const bus = new EventBus<Tide>();
    bus.on("tide_rose", ({ metres }) => {
      if (metres < 3) bus.emit(rose(metres + 1));
    });
    const { events } = collectEvents(bus);
    bus.emit(rose(1));
    bus.emit(fell);
    expect(events).toEqual([rose(1), rose(2), rose(3), fell]);
  });

  it("tells a handler nothing that was emitted before it came or after it went", () => {
    const bus = new EventBus<Tide>();
    const seen: string[] = [];
    bus.on("tide_fell", () => {
      undo();
      bus.on("tide_fell", () => seen.push("new"));
    });
    const undo = bus.on("tide_fell", () => seen.push("old"));
    bus.emit(fell);
    expect(seen).toEqual([]);
    bus.emit(fell);
    expect(seen).toEqual(["new"]);
  });

  it("logs and counts handlers that throw or reject, and goes on", async () => {
    const error = vi.fn();
    const bus = new EventBus<Tide>({ logger: { ...noopLogger, error } });
    bus.on("tide_fell", () => {
      throw new Error("thrown");
    });
    bus.on("tide_fell", () => Promise.reject(new Error("rejected")));
    const { events } = collectEvents(bus);
    bus.emit(fell);
    await Promise.resolve();
    expect(events).toEqual([fell]);
    expect(bus.handlerErrors).toBe(2);
    expect(error.mock.calls).toEqual([
      ["A handler of tide_fell failed: thrown", { event: "tide_fell" }],
      ["A handler of tide_fell failed: rejected", { event: "tide_fell" }],
    ]);
  });

  it("says who listens", () => {
    const bus = new EventBus<Tide>();
    expect([bus.hasListeners("tide_fell"), bus.handlerCounts()]).toEqual([false, {}]);
    const undo = bus.on("tide_rose", () => {});
    expect([bus.hasListeners("tide_fell"), bus.hasListeners("tide_rose")]).toEqual([false, true]);
    bus.on("*", () => {});
    expect([bus.hasListeners("tide_fell"), bus.handlerCounts()]).toEqual([true, { tide_rose: 1, "*": 1 }]);
    undo();
    expect(bus.handlerCounts()).toEqual({ "*": 1 });
  });

  it("stops collecting when told to", () => {
    const bus = new EventBus<Tide>();
    const { events, stop } = collectEvents(bus);
    bus.emit(fell);
    stop();
    bus.emit(fell);
    expect(events).toEqual([fell]);
  });
});
