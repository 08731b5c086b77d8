import { describe, expect, it } from "vitest";
import { readAmounts } from "./amounts.ts";

describe("readAmounts", () => {
  it.each([
    [undefined, undefined],
    [[], undefined],
    [["8"], 8],
    [[".5"], 0.5],
    [["cores=8"], { cores: 8 }],
    [["cores=8", "gb=1.5"], { cores: 8, gb: 1.5 }],
  ])("reads %j as %j", (texts, amounts) => {
    expect(readAmounts(texts, "--amount")).toEqual(amounts);
  });

  it.each([[["0"]], [["-1"]], [["x"]], [["1", "2"]], [["cores=x"]], [["=1"]], [["1e999"]], [["0x10"]]])(
    "refuses %j",
    (texts) => {
      expect(() => readAmounts(texts, "--amount")).toThrow(/--amount takes a number above 0/);
    },
  );
});
