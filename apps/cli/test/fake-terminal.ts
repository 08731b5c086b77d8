import type { Terminal } from "../src/terminal.ts";

/** A terminal that keeps what is written to it. */
export interface FakeTerminal extends Terminal {
  readonly stdout: string[];
  readonly stderr: string[];
}

/** A terminal of 80 by 24 in memory. */
export function fakeTerminal({
  columns = 80,
  rows = 24,
}: {
  columns?: number;
  rows?: number;
} = {}): FakeTerminal {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  return {
    stdout,
    stderr,
    columns,
    rows,
    lineWidth: columns,
    interactive: false,
    failure: null,
    out: (text) => void stdout.push(text),
    err: (text) => void stderr.push(text),
    screen: { write: (text) => stdout.push(text) > 0, isTTY: true, columns, rows },
    divert: () => ({ flush: () => {}, [Symbol.dispose]: () => {} }),
  };
}
