import fc from "fast-check";
import { expect, it } from "vitest";
import { NoMessage } from "./no-message.ts";
import { Frames, frame } from "./process-frame.ts";

it("finds all messages in what comes, in whatever pieces it comes", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 })),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
      (bodies, sizes) => {
        const frames = new Frames(20);
        const stream = Buffer.concat(bodies.map(frame));
        const found: Buffer[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          found.push(...frames.read(stream.subarray(at, at + size)));
          at += size;
        }
        expect(found.map((body) => [...body])).toEqual(bodies.map((body) => [...body]));
      },
    ),
  );
});

it("refuses a message that is empty or too long as soon as its length is known", () => {
  const read = (...bytes: number[]) => [...new Frames(20).read(Buffer.from(bytes))];
  expect(() => read(21, 0, 0, 0)).toThrow(NoMessage);
  expect(() => read(0, 0, 0, 0)).toThrow(NoMessage);
  expect(read(20, 0, 0, 0)).toEqual([]);
});
