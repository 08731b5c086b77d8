/** A longer line is handed on in pieces, so that it cannot fill the memory. */
const LONGEST_LINE = 64 * 1024;

/** Makes lines out of pieces of text; each goes to `line` without its end. */
export function lineSplitter(line: (text: string) => void): { take(text: string): void; flush(): void } {
  let rest = "";
  return {
    take(text) {
      const lines = (rest + text).split(/\r?\n/);
      rest = lines.pop() ?? "";
      for (const each of lines) line(each);
      for (; rest.length > LONGEST_LINE; rest = rest.slice(LONGEST_LINE)) line(rest.slice(0, LONGEST_LINE));
    },
    flush() {
      if (rest !== "") line(rest);
      rest = "";
    },
  };
}
