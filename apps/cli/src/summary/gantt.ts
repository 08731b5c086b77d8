import { cleanText } from "@orch/core/base";
import type { StepSpan } from "@orch/engine";
import { count } from "../count.ts";
import { duration } from "../duration.ts";
import { cut, pad, widthOf } from "../width.ts";

/** Steps shown at most: the longest ones, in the order of their starts. */
const MOST_ROWS = 20;
const MIN_BAR = 6;
const MIN_NAME = 4;
const MAX_NAME = 28;

/** When a step ran, and when those of the workflow inside of it did. */
export interface RunSpan extends StepSpan {
  /** @default none */
  readonly inner?: readonly RunSpan[];
}

/**
 * A bar for each step over the time of the run, `columns` wide (24 at least, or what the times need): names are cut first; those inside of a step stand below it. Empty
 * for no spans.
 */
export function ganttLines(steps: readonly RunSpan[], durationMs: number, columns: number): string[] {
  const spans = inOrder(steps);
  const longest = new Set([...spans].sort((a, b) => lengthOf(b) - lengthOf(a)).slice(0, MOST_ROWS));
  const rows = spans
    .filter((span) => longest.has(span))
    .map((span) => {
      const name = `${"  ".repeat(span.depth)}${cleanText(span.name)}`;
      return { span, name, time: duration(lengthOf(span)) };
    });
  const timeWidth = Math.max(0, ...rows.map(({ time }) => time.length));
  const room = Math.max(MIN_NAME, Math.min(MAX_NAME, columns - timeWidth - MIN_BAR - 6));
  const nameWidth = Math.max(0, ...rows.map(({ name }) => widthOf(cut(name, room))));
  const barWidth = Math.max(MIN_BAR, columns - nameWidth - timeWidth - 6);
  const lines = rows.map(({ span, name, time }) => {
    return `  ${pad(cut(name, room), nameWidth)}  ${bar(span, durationMs, barWidth)}  ${time.padStart(timeWidth)}`;
  });
  const hidden = spans.length - rows.length;
  return hidden > 0 ? [...lines, `  … and ${count(hidden, "shorter step")}`] : lines;
}

/** As they began, each with those inside of it behind it. None of these is longer. */
const inOrder = (spans: readonly RunSpan[], depth = 0): (RunSpan & { readonly depth: number })[] =>
  [...spans]
    .sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs)
    .flatMap((span) => [{ ...span, depth }, ...inOrder(span.inner ?? [], depth + 1)]);

/** At least one block, inside `width`. */
function bar({ startMs, endMs }: StepSpan, durationMs: number, width: number): string {
  const blocks = (ms: number) => (ms / Math.max(1, durationMs)) * width;
  const from = Math.max(0, Math.min(width - 1, Math.floor(blocks(startMs))));
  const length = Math.max(1, Math.min(width - from, Math.round(blocks(endMs - startMs))));
  return `${" ".repeat(from)}${"█".repeat(length)}`.padEnd(width);
}

const lengthOf = ({ startMs, endMs }: StepSpan): number => endMs - startMs;
