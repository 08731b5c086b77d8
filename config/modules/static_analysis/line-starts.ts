/** Offsets at which the lines of a text start, to turn offsets into line numbers. */
export class LineStarts {
  readonly starts: readonly number[];

  constructor(text: string) {
    const starts = [0];
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
    // A line feed at the end closes the last line and opens none.
    if (starts.length > 1 && starts.at(-1) === text.length) starts.pop();
    if (text.length === 0) starts.pop();
    this.starts = starts;
  }

  /** The line of an offset, from 1. O(log lines). */
  lineAt(offset: number): number {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }
}
