import type { LogLine } from "./log-line.ts";

/** Characters of a row beyond which the next one begins. */
const ROW_SIZE = 65_536;
/** Characters of all that an execution logs: 16 Mi. */
const MOST_LOG = 16 * 1024 * 1024;

/** A line before it has its number. */
export type NewLine = Omit<LogLine, "sequence">;

/** How far the log of an execution has come. */
export interface LogEnd {
  /** The last sequence number. */
  readonly last: number;
  /** Characters of all lines, as JSON. */
  readonly size: number;
}

/** Some lines of a log, as they lie below `logs/<execution>/<sequence of the first>`, and how far it has come with them. */
export interface LogRow extends LogEnd {
  readonly lines: readonly LogLine[];
}

/** Whether a log is as long as it may be: nothing more is kept. */
export const isFull = ({ size }: LogEnd): boolean => size > MOST_LOG;

/** The rows that further lines make of a log. The first line that would make it too long is replaced by one that says so. */
export function logRows(lines: readonly NewLine[], end: LogEnd): LogRow[] {
  const rows: LogRow[] = [];
  let row: LogLine[] = [];
  let [{ last, size }, rowSize] = [end, 0];
  const close = () => {
    if (row.length > 0) rows.push({ lines: row, last, size });
    [row, rowSize] = [[], 0];
  };
  for (const each of lines) {
    if (isFull({ last, size })) break;
    const length = JSON.stringify(each).length;
    if (rowSize + length > ROW_SIZE) close();
    last++;
    size += length;
    rowSize += length;
    row.push(isFull({ last, size }) ? cutMark(last, each) : { sequence: last, ...each });
  }
  close();
  return rows;
}

const cutMark = (sequence: number, { at, step, attempt }: NewLine): LogLine => ({
  ...{ sequence, at, step, attempt, level: "warn" },
  message: `… (the log of this execution is longer than ${MOST_LOG} characters: the rest is left out)`,
});
