import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventBus } from "./events.ts";

interface Tick {
  readonly type: "ticked";
  readonly n: number;
}
const tick = (n: number): Tick => ({ type: "ticked", n });
const setUp = () => {
  const bus = new EventBus<Tick>();
  return {
    bus,
    emit: (...all: number[]) => all.forEach((n) => void bus.emit(tick(n))),
    listeners: () => bus.handlerCounts()["*"] ?? 0,
  };
};
const DONE = { done: true, value: undefined };

describe("EventBus.stream", () => {
  it("gives the events from the call on, one by one, and unsubscribes when the loop is left", async () => {
    const { bus, emit, listeners } = setUp();
    emit(0);
    const stream = bus.stream();
    emit(1, 2, 3);
    const seen: number[] = [];
    for await (const { n } of stream) {
      seen.push(n);
      if (n === 2) break;
    }
    expect(seen).toEqual([1, 2]);
    expect(listeners()).toBe(0);
    expect(await stream.next()).toEqual(DONE);
  });

  it("unsubscribes on return, also before anything was asked for", async () => {
    const { bus, emit, listeners } = setUp();
    const stream = bus.stream();
    emit(1);
    expect(listeners()).toBe(1);
    expect(await stream.return?.()).toEqual(DONE);
    expect(listeners()).toBe(0);
    expect(await stream.next()).toEqual(DONE);
  });

  it("lets several readers wait, in their order, and lets them go on return", async () => {
    const { bus, emit } = setUp();
    const stream = bus.stream();
    const waiting = [stream.next(), stream.next(), stream.next()];
    emit(1, 2);
    await stream.return?.();
    expect(await Promise.all(waiting)).toEqual([
      { done: false, value: tick(1) },
      { done: false, value: tick(2) },
      DONE,
    ]);
  });

  it("ends when its signal aborts, with what it holds still to be read", async () => {
    const { bus, emit, listeners } = setUp();
    const controller = new AbortController();
    const stream = bus.stream({ signal: controller.signal });
    emit(1, 2);
    controller.abort();
    emit(3);
    expect(listeners()).toBe(0);
    expect((await Array.fromAsync(stream)).map(({ n }) => n)).toEqual([1, 2]);
  });

  it("ends at once with a signal that has aborted already, and lets a waiting reader go", async () => {
    const { bus, listeners } = setUp();
    expect(await Array.fromAsync(bus.stream({ signal: AbortSignal.abort() }))).toEqual([]);
    const controller = new AbortController();
    const next = bus.stream({ signal: controller.signal }).next();
    controller.abort();
    expect(await next).toEqual(DONE);
    expect(listeners()).toBe(0);
  });

  it("ends with LIMIT_EXCEEDED behind the last event that it could keep", async () => {
    const { bus, emit, listeners } = setUp();
    const stream = bus.stream({ buffer: 2 });
    emit(1, 2, 3, 4);
    expect(listeners()).toBe(0);
    expect([(await stream.next()).value, (await stream.next()).value]).toEqual([tick(1), tick(2)]);
    await expect(stream.next()).rejects.toMatchObject({ code: "LIMIT_EXCEEDED", details: { limit: 2 } });
    expect(await stream.next()).toEqual(DONE);
  });

  it("keeps 10,000 events for a slow reader unless told otherwise", async () => {
    const { bus, emit } = setUp();
    const stream = bus.stream();
    emit(...Array(10_001).keys());
    const seen: number[] = [];
    const read = async () => {
      for await (const { n } of stream) seen.push(n);
    };
    await expect(read()).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
    expect(seen).toEqual([...Array(10_000).keys()]);
  });

  it("gives each event once and in order, however reading and telling alternate", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: -4, max: 6 }), { maxLength: 30 }), async (moves) => {
        const { bus, emit } = setUp();
        const stream = bus.stream();
        const reads: Promise<IteratorResult<Tick, unknown>>[] = [];
        let told = 0;
        for (const move of moves) {
          for (let i = 0; i < move; i++) emit(told++);
          for (let i = 0; i > move; i--) reads.push(stream.next());
        }
        emit(...Array.from({ length: Math.max(0, reads.length - told) }, (_, i) => told + i));
        const seen = await Promise.all(reads);
        expect(seen.map(({ value }) => (value as Tick).n)).toEqual([...reads.keys()]);
      }),
    );
  });
});
