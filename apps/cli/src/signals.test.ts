import { EventEmitter } from "node:events";
import { ManualClock } from "@orch/core/testing";
import { describe, expect, it } from "vitest";
import { catchSignals } from "./signals.ts";

function listening() {
  const [source, clock] = [new EventEmitter(), new ManualClock()];
  const seen: string[] = [];
  const signals = catchSignals(
    {
      stop: (signal) => void seen.push(`stop ${signal}`),
      leave: (signal, exitCode) => void seen.push(`leave ${signal} ${exitCode}`),
    },
    { source, clock },
  );
  return { source, clock, seen, signals };
}

describe("catchSignals", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 130],
  ])("%s stops, and stands for %i", (signal, exitCode) => {
    const { source, seen, signals } = listening();
    expect(signals.exitCode).toBeNull();
    source.emit(signal, signal);
    expect(seen).toEqual([`stop ${signal}`]);
    expect(signals.exitCode).toBe(exitCode);
  });

  it("leaves at the second one, with its code; the first one keeps its own", () => {
    const { source, clock, seen, signals } = listening();
    source.emit("SIGINT", "SIGINT");
    clock.advance(201);
    source.emit("SIGINT", "SIGINT");
    expect(seen).toEqual(["stop SIGINT", "leave SIGINT 130"]);
    expect(signals.exitCode).toBe(130);
  });

  it("takes the same signal within 200 ms for the same one, and another one for another", () => {
    const { source, clock, seen } = listening();
    source.emit("SIGINT", "SIGINT");
    clock.advance(200);
    source.emit("SIGINT", "SIGINT");
    expect(seen).toEqual(["stop SIGINT"]);
    source.emit("SIGTERM", "SIGTERM");
    expect(seen).toEqual(["stop SIGINT", "leave SIGTERM 143"]);
  });

  it("listens no more once it is disposed of", () => {
    const { source, signals } = listening();
    signals[Symbol.dispose]();
    expect(source.eventNames()).toEqual([]);
  });
});
