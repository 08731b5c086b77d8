/** Where the program writes and what it knows of the other side; tests give their own. */
export interface Terminal {
  /** What was asked for. */
  out(text: string): void;
  /** Everything else. */
  err(text: string): void;
  /** Whether a person watches standard output. */
  readonly interactive: boolean;
  /** Width in characters. */
  readonly columns: number;
  /** Height in lines; none where the terminal does not say. */
  readonly rows: number | null;
}

const DEFAULT_COLUMNS = 80;

/** The process's own streams. A reader that goes away ends the output quietly, not the work. */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
  return {
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${text}\n`),
    interactive: stdout.isTTY === true && process.env["CI"] === undefined && process.env["TERM"] !== "dumb",
    get columns() {
      return stdout.columns || DEFAULT_COLUMNS;
    },
    get rows() {
      return stdout.rows || null;
    },
  };
}
