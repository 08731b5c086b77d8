import type { StepSpan } from "@orch/engine";
import { clean, cut } from "../clean.ts";
import { duration } from "../duration.ts";

/** Steps shown at most: the longest ones, in the order of their starts. */
const MOST_ROWS = 20;
const MIN_BAR = 10;
const MAX_NAME = 28;

/** A bar for each step over the time of the run, `columns` wide. Empty for no spans. */
export function ganttLines(spans: readonly StepSpan[], durationMs: number, columns: number): string[] {
  const longest = [...spans].sort((a, b) => b.endMs - b.startMs - (a.endMs - a.startMs)).slice(0, MOST_ROWS);
  const shown = longest.sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs);
  const nameWidth = Math.min(MAX_NAME, Math.max(0, ...shown.map(({ name }) => name.length)));
  const timeWidth = Math.max(0, ...shown.map(({ startMs, endMs }) => duration(endMs - startMs).length));
  const width = Math.max(MIN_BAR, columns - nameWidth - timeWidth - 6);
  const lines = shown.map(({ name, startMs, endMs }) => {
    const from = Math.min(width - 1, Math.floor((startMs / Math.max(1, durationMs)) * width));
    const length = Math.max(1, Math.min(width - from, Math.round(((endMs - startMs) / Math.max(1, durationMs)) * width)));
    const bar = `${" ".repeat(from)}${"█".repeat(length)}`.padEnd(width);
    return `  ${cut(clean(name), nameWidth).padEnd(nameWidth)}  ${bar}  ${duration(endMs - startMs).padStart(timeWidth)}`;
  });
  return spans.length > shown.length ? [...lines, `  … and ${spans.length - shown.length} shorter steps`] : lines;
}
