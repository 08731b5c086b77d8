import { clean, cut } from "./clean.ts";

/** Rows as lines of aligned columns, indented, none longer than `columns`; the last column takes what is left. */
export function table(rows: readonly (readonly string[])[], columns: number): string[] {
  const cells = rows.map((row) => row.map(clean));
  const widths: number[] = [];
  for (const row of cells) row.forEach((cell, at) => void (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
  return cells.map((row) => {
    const padded = row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0)));
    return cut(`  ${padded.join("  ")}`.trimEnd(), columns);
  });
}
