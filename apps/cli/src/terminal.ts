import { stripVTControlCharacters } from "node:util";
import { lineSplitter } from "./line-splitter.ts";

/** Where the program writes and what it knows of the other side; tests give their own. */
export interface Terminal {
  /** What was asked for. */
  out(text: string): void;
  /** Everything else. */
  err(text: string): void;
  /** Whether a person watches standard output. */
  readonly interactive: boolean;
  /** Width in characters; 80 where nothing says. */
  readonly columns: number;
  /** How wide a line of a table may be: a file or pipe takes any. */
  readonly lineWidth: number;
  /** Height in lines. */
  readonly rows: number;
  /** Standard output as it is, to draw on. */
  readonly screen: Screen;
  /** Hands what other code writes to the process's streams to `line`, line by line, until it is disposed of. */
  divert(line: (text: string) => void): Diversion;
  /** Why output got lost; null while it did not, or when only its reader went away. */
  readonly failure: Error | null;
}

/** Other code's output, on its way to somewhere else. */
interface Diversion extends Disposable {
  /** Hands on the last line, which has no end yet. */
  flush(): void;
}

/** What is drawn on. */
interface Screen {
  write(text: string): boolean;
  readonly isTTY: boolean;
  readonly columns: number;
  readonly rows: number;
}

const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

/** The process's own streams. A reader that goes away ends the output quietly, not the work. */
export function processTerminal({ stdout, stderr, env }: NodeJS.Process = process): Terminal {
  const [out, err] = [writerOf(stdout), writerOf(stderr)];
  const screen = screenOf(stdout, out);
  return {
    screen,
    out: (text) => void out.write(`${text}\n`),
    // Colours are decided for standard output; standard error may lead elsewhere.
    err: (text) =>
      void err.write(`${stderr.isTTY || env["FORCE_COLOR"] ? text : stripVTControlCharacters(text)}\n`),
    interactive: screen.isTTY && !isSet(env["CI"]) && env["TERM"] !== "dumb",
    get columns() {
      return screen.columns;
    },
    get rows() {
      return screen.rows;
    },
    get lineWidth() {
      return screen.isTTY ? screen.columns : Number.POSITIVE_INFINITY;
    },
    get failure() {
      return out.failure() ?? err.failure();
    },
    divert(line) {
      const diverted = [stdout, stderr].map((stream) => divertStream(stream, line));
      return {
        flush: () => diverted.forEach((each) => void each.flush()),
        [Symbol.dispose]: () => diverted.forEach((each) => void each[Symbol.dispose]()),
      };
    },
  };
}

const screenOf = (stdout: NodeJS.WriteStream, { write }: Pick<Screen, "write">): Screen => ({
  write,
  isTTY: stdout.isTTY === true,
  // A terminal may say 0, or nothing.
  get columns() {
    return stdout.columns || DEFAULT_COLUMNS;
  },
  get rows() {
    return stdout.rows || DEFAULT_ROWS;
  },
});

const isSet = (value: string | undefined): boolean =>
  value !== undefined && value !== "" && value !== "false";

/** Writes past whatever is put before the stream later, and drops everything once a write has failed. */
function writerOf(stream: NodeJS.WriteStream): { write(text: string): boolean; failure(): Error | null } {
  const write = stream.write.bind(stream);
  let failure: NodeJS.ErrnoException | null = null;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    failure ??= error;
  });
  return {
    write: (text) => failure === null && write(text),
    // EIO is what a terminal says that has been closed.
    failure: () => (failure === null || failure.code === "EPIPE" || failure.code === "EIO" ? null : failure),
  };
}

type Write = NodeJS.WriteStream["write"];

/** Takes the place of a stream's `write`. */
function divertStream(stream: NodeJS.WriteStream, line: (text: string) => void): Diversion {
  const original = stream.write;
  const lines = lineSplitter(line);
  const decoder = new TextDecoder();
  const write: Write = (chunk: Uint8Array | string, ...more: readonly unknown[]) => {
    lines.take(typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true }));
    const done = more.find((each) => typeof each === "function");
    if (done) queueMicrotask(() => done(null));
    return true;
  };
  stream.write = write;
  return {
    flush: lines.flush,
    [Symbol.dispose]() {
      stream.write = original;
      lines.flush();
    },
  };
}
