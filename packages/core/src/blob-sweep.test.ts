import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { sandbox } from "../test/sandbox.ts";
import { BlobSweep } from "./blob-sweep.ts";
import { pack } from "./spill.ts";
import { FileBlobs } from "./sqlite-blobs.ts";

const folder = sandbox();

/** A sweep over blobs that `uses` says the records of, and how often its store was asked in one step. */
function aSweep(count: number, uses: (at: number) => readonly string[]) {
  const directory = folder();
  const blobs = new FileBlobs(directory, { sync: false });
  const sweep = new BlobSweep(blobs);
  const records = new Map<string, string>();
  let asked = 0;
  const store = {
    text: (key: string) => {
      asked++;
      return records.get(key);
    },
    keys: (prefix: string, limit: number) => {
      asked++;
      return [...records.keys()].filter((key) => key.startsWith(prefix)).slice(0, limit);
    },
    put: (key: string) => void records.set(key, "1"),
    delete: (key: string) => void records.delete(key),
  };
  for (let at = 0; at < count; at++) {
    const value = `${at}`.padEnd(262_200, "x");
    const packed = pack(value, JSON.stringify(value), blobs);
    for (const key of uses(at)) {
      sweep.used(key, packed, store);
      // One that was overwritten since names nothing.
      records.set(key, key.includes("stale") ? "1" : packed.text);
    }
  }
  const step = () => {
    asked = 0;
    sweep.run(store);
    return asked;
  };
  return { step, sweep, files: () => readdirSync(directory).length };
}

it("looks at a bounded number of blobs in one step, and at all of them in one round", () => {
  const { step, sweep, files } = aSweep(300, (at) => (at % 3 === 0 ? [] : [`a/${at}`]));
  const steps = [step()];
  while (sweep.isUnderWay) steps.push(step());
  expect(steps.length).toBe(3);
  expect(Math.max(...steps)).toBeLessThanOrEqual(2 * 128);
  expect(files()).toBe(200);
});

it("passes over a bounded number of stale uses in one step, and deletes the blob when they are gone", () => {
  const stale = Array.from({ length: 200 }, (_, at) => `a/stale${at}`);
  const { step, sweep, files } = aSweep(1, () => stale);
  const steps = [step()];
  expect(files()).toBe(1);
  while (sweep.isUnderWay) steps.push(step());
  expect(Math.max(...steps)).toBeLessThanOrEqual(65);
  expect([steps.length, files()]).toEqual([4, 0]);
});

it("keeps a blob of which one use in many is left", () => {
  const uses = [...Array.from({ length: 100 }, (_, at) => `a/stale${at}`), "a/z"];
  const { step, sweep, files } = aSweep(1, () => uses);
  step();
  while (sweep.isUnderWay) step();
  expect(files()).toBe(1);
});
