import { cleanText } from "@orch/core/base";
import { cut, pad, widthOf } from "./width.ts";

/** Rows as lines of aligned columns, indented, none wider than `columns`; the last column takes what is left. */
export function table(rows: readonly (readonly string[])[], columns: number): string[] {
  const cells = rows.map((row) => row.map(cleanText));
  const widths: number[] = [];
  for (const row of cells) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, widthOf(cell));
  }
  return cells.map((row) => {
    const padded = row.map((cell, at) => pad(cell, widths[at] ?? 0));
    return cut(`  ${padded.join("  ")}`.trimEnd(), columns);
  });
}
