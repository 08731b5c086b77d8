/** A place in a text for people; both count from 1. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** Gives the lines of a text; they are counted once, when somebody asks: O(length), then O(log lines). */
export function lineIndex(text: string): (offset: number) => TextPosition {
  let starts: number[] | null = null;
  return (offset) => {
    starts ??= lineStarts(text);
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** A position as messages have it. */
export const placeText = ({ line, column }: TextPosition): string => `(line ${line}, column ${column})`;
