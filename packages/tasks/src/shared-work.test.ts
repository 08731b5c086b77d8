import { expect, it } from "vitest";
import { SharedWork } from "./shared-work.ts";

const aWork = () => {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let stop: AbortSignal | undefined;
  const work = new SharedWork((signal) => {
    stop = signal;
    return promise;
  });
  return { work, resolve, reject, isStopped: () => stop?.aborted };
};

it("gives all who wait the same result", async () => {
  const { work, resolve, isStopped } = aWork();
  const both = Promise.all([work.join(), work.join(new AbortController().signal)]);
  resolve(7);
  expect(await both).toEqual([7, 7]);
  expect([work.isOver, isStopped()]).toEqual([true, false]);
});

it("goes on as long as anybody waits, and stops when the last one leaves", async () => {
  const { work, isStopped } = aWork();
  const [first, second] = [new AbortController(), new AbortController()];
  const waits = [work.join(first.signal), work.join(second.signal)];
  first.abort(new Error("first"));
  await expect(waits[0]).rejects.toThrow("first");
  expect([isStopped(), work.isOver]).toEqual([false, false]);
  second.abort(new Error("second"));
  await expect(waits[1]).rejects.toThrow("second");
  expect([isStopped(), work.isOver]).toEqual([true, true]);
});

it("refuses who comes with a signal that has aborted, and tells all of its failure", async () => {
  const { work, reject, isStopped } = aWork();
  await expect(work.join(AbortSignal.abort(new Error("early")))).rejects.toThrow("early");
  const wait = work.join();
  reject(new Error("broken"));
  await expect(wait).rejects.toThrow("broken");
  expect(isStopped()).toBe(false);
});
