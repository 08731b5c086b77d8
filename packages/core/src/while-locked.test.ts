import { describe, expect, it } from "vitest";
import { StorageError } from "./errors.ts";
import { ManualClock } from "./manual-clock.ts";
import { onceUnlocked, whileLocked } from "./while-locked.ts";

const locked = () => new StorageError("busy", { code: "STORE_LOCKED" });

describe("whileLocked", () => {
  it("tries again what is refused because somebody else holds the store", () => {
    let calls = 0;
    const work = () => {
      if (++calls < 3) throw locked();
      return "done";
    };
    expect([whileLocked(60_000, work), calls]).toEqual(["done", 3]);
  });

  it("tries once at least, and throws what it was refused with when its time is over", () => {
    let calls = 0;
    const work = () => {
      calls++;
      throw locked();
    };
    expect(() => whileLocked(0, work)).toThrow(expect.objectContaining({ code: "STORE_LOCKED" }));
    expect(calls).toBe(1);
  });

  it("throws anything else at once", () => {
    let calls = 0;
    const work = () => {
      calls++;
      throw new Error("bad");
    };
    expect(() => whileLocked(60_000, work)).toThrow("bad");
    expect(calls).toBe(1);
  });
});

describe("onceUnlocked", () => {
  it("tries again what is refused because somebody else holds the store, and lets the event loop go meanwhile", async () => {
    const clock = new ManualClock();
    let isLocked = true;
    const done = onceUnlocked(60_000, clock, () => {
      if (isLocked) throw locked();
      return "done";
    });
    clock.advance(1000);
    isLocked = false;
    for (let turn = 0; turn < 3; turn++) {
      await Promise.resolve();
      clock.advance(1000);
    }
    expect(await done).toBe("done");
  });

  it("rejects with what it was refused with when its time is over, and with anything else at once", async () => {
    const clock = new ManualClock();
    let calls = 0;
    const refused = (error: Error) =>
      onceUnlocked(0, clock, () => {
        calls++;
        throw error;
      });
    await expect(refused(locked())).rejects.toMatchObject({ code: "STORE_LOCKED" });
    await expect(onceUnlocked(60_000, clock, () => refusal())).rejects.toThrow("bad");
    expect(calls).toBe(1);
  });
});

const refusal = (): never => {
  throw new Error("bad");
};
