import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Semaphore } from "./semaphore.ts";

describe("Semaphore", () => {
  it("grants at once without a promise, and waits when all permits are held", async () => {
    const semaphore = new Semaphore(1);
    expect(semaphore.acquire()).toBeUndefined();
    const second = semaphore.acquire();
    expect([semaphore.available, semaphore.waiting, semaphore.tryAcquire()]).toEqual([0, 1, false]);
    semaphore.release();
    await second;
    expect(semaphore.waiting).toBe(0);
    semaphore.release();
    expect([semaphore.available, semaphore.tryAcquire()]).toEqual([1, true]);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "2"])("refuses %j permits", (permits) => {
    expect(() => new Semaphore(permits as number)).toThrow(
      expect.objectContaining({ code: "INVALID_PARAMETERS" }),
    );
  });

  it("refuses to give back what nobody holds", () => {
    const semaphore = new Semaphore(2);
    expect(() => semaphore.release()).toThrow(expect.objectContaining({ code: "INVALID_STATE" }));
    expect(semaphore.available).toBe(2);
  });

  it("gives the permit back however the work ends", async () => {
    const semaphore = new Semaphore(1);
    expect(await semaphore.use(() => 5)).toBe(5);
    await expect(semaphore.use(() => Promise.reject(new Error("boom")))).rejects.toThrow("boom");
    expect(semaphore.available).toBe(1);
  });

  it("serves in the order of arrival and never has more holders than permits, in 200 crowds", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat(3), { maxLength: 2_500 }),
        async (permits, turns) => {
          const semaphore = new Semaphore(permits);
          const order: number[] = [];
          let [holders, most] = [0, 0];
          const work = turns.map(async (count, index) => {
            await semaphore.acquire();
            order.push(index);
            most = Math.max(most, ++holders);
            for (let turn = 0; turn < count; turn++) await Promise.resolve();
            holders--;
            semaphore.release();
          });
          await Promise.all(work);
          expect(order).toEqual(turns.map((_, index) => index));
          expect(most).toBeLessThanOrEqual(permits);
          expect([semaphore.available, semaphore.waiting]).toEqual([permits, 0]);
        },
      ),
      { numRuns: 200 },
    );
  });
});
