import { InvalidParametersError } from "@orch/core";

/** Rows of cells; every row has as many as the first. */
export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/**
 * Reads separated values (RFC 4180): cells may stand in quotes, with separators, line ends and doubled quotes in them.
 * The first row names the columns. Short rows are filled up with empty cells; a longer one, and a quote that is not
 * closed, are INVALID_PARAMETERS with their line. One pass, O(length).
 */
export function parseSeparated(text: string, separator: string): Table {
  const rows: string[][] = [];
  let [row, line]: [string[], number] = [[], 1];
  let at = text.startsWith("\ufeff") ? 1 : 0;
  while (at < text.length) {
    const { cell, end } = text[at] === '"' ? quotedCell(text, at, line) : plainCell(text, at, separator);
    row.push(cell);
    line += cell.split("\n").length - 1;
    const next = text[end];
    at = end + 1;
    if (next === separator) {
      if (at >= text.length) row.push("");
      continue;
    }
    if (next === "\r" && text[at] === "\n") at++;
    else if (next !== undefined && next !== "\n" && next !== "\r")
      throw invalid(line, `text behind a closing quote: ${JSON.stringify(text.slice(end, end + 20))}`);
    pushRow(rows, row, line);
    row = [];
    line++;
  }
  if (row.length > 0) pushRow(rows, row, line);
  const [header = [], ...data] = rows;
  return { header: uniqueNames(header), rows: data };
}

function plainCell(text: string, start: number, separator: string): { cell: string; end: number } {
  let end = start;
  while (end < text.length && text[end] !== separator && text[end] !== "\n" && text[end] !== "\r") end++;
  return { cell: text.slice(start, end), end };
}

function quotedCell(text: string, start: number, line: number): { cell: string; end: number } {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
  if (end < 0) throw invalid(line, "a quote that is not closed");
  return { cell: text.slice(start + 1, end).replaceAll('""', '"'), end: end + 1 };
}

function pushRow(rows: string[][], row: string[], line: number): void {
  // An empty line is no row.
  if (row.length === 1 && row[0] === "") return;
  const width = rows[0]?.length ?? row.length;
  if (row.length > width) throw invalid(line, `${row.length} cells, the header has ${width}`);
  while (row.length < width) row.push("");
  rows.push(row);
}

/** Columns without a name get their number, and repeated names a number behind. */
function uniqueNames(header: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return header.map((cell, index) => {
    const name = cell.trim() || `column_${index + 1}`;
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name}_${times}`;
  });
}

const invalid = (line: number, message: string): InvalidParametersError =>
  new InvalidParametersError(`The data cannot be read: line ${line} has ${message}`, {
    details: { problems: [{ path: "data_path", message: `line ${line} has ${message}` }] },
    suggestions: ["Check the separator and the quotes, or name the format: csv, tsv, json or ndjson."],
  });
