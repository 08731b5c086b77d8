import fc from "fast-check";
import { expect, it } from "vitest";
import { ByteLines } from "./byte-lines.ts";

/** A text cut into pieces anywhere, also within a character. */
const tornText = fc
  .tuple(
    fc.array(fc.string({ unit: "grapheme", maxLength: 12 }).map((line) => line.replaceAll("\n", ""))),
    fc.array(fc.nat(200)),
  )
  .map(([lines, cuts]) => {
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
    const at = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort(
      (a, b) => a - b,
    );
    return { lines, pieces: at.slice(1).map((end, index) => bytes.subarray(at[index], end)) };
  });

it("finds the same lines however the bytes are torn", () => {
  fc.assert(
    fc.property(tornText, ({ lines, pieces }) => {
      const found = new ByteLines(1000);
      const texts = pieces
        .flatMap((piece) => found.push(piece))
        .map((line) => (line.type === "line" ? Buffer.from(line.bytes).toString("utf8") : null));
      expect(texts).toEqual(lines);
    }),
  );
});

it("keeps nothing of a line above the limit, and goes on behind it", () => {
  const lines = new ByteLines(4);
  expect(lines.push(Buffer.from("12"))).toEqual([]);
  expect(lines.push(Buffer.from("345"))).toEqual([]);
  expect(lines.push(Buffer.from("678\nab\n"))).toMatchObject([{ type: "too_long" }, { type: "line" }]);
  expect(lines.push(Buffer.from("1234\n12345\n"))).toMatchObject([{ type: "line" }, { type: "too_long" }]);
});
