import { describe, expect, it } from "vitest";
import { StorageError } from "./errors.ts";
import { whileLocked } from "./while-locked.ts";

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
