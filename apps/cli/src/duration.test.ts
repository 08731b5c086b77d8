import { expect, it } from "vitest";
import { duration } from "./duration.ts";

it.each([
  [0, "0 ms"],
  [-5, "0 ms"],
  [99.4, "99 ms"],
  [99.6, "0.1 s"],
  [3_249, "3.2 s"],
  [59_949, "59.9 s"],
  [59_950, "1 min 00 s"],
  [245_000, "4 min 05 s"],
  [3_599_600, "1 h 00 min"],
  [7_380_000, "2 h 03 min"],
])("%d ms is written %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});
