import { Writable } from "node:stream";

/** The streams of a protocol that has a process's standard input and output for itself, until it is disposed of. */
export interface ProtocolStreams extends Disposable {
  readonly input: NodeJS.ReadStream;
  /** What is written here, and only that, goes to standard output. */
  readonly output: Writable;
}

type Write = NodeJS.WriteStream["write"];

/**
 * Takes standard output from everybody else: what other code prints (actions, too) goes to standard error from now on.
 * Nothing but this may be loaded before.
 */
export function takeStandardOutput({ stdin, stdout, stderr }: NodeJS.Process): ProtocolStreams {
  const original = stdout.write;
  const output = new Writable({
    decodeStrings: true,
    write: (chunk: Uint8Array, _, done) => void original.call(stdout, chunk, undefined, done),
  });
  const onError = (error: Error) => void output.destroy(error);
  stdout.on("error", onError);
  // Whoever waits for it hears of it; nobody else has to.
  output.on("error", () => {});
  stdout.write = ((...args: Parameters<Write>) => stderr.write(...args)) as Write;
  return {
    input: stdin,
    output,
    [Symbol.dispose]() {
      stdout.write = original;
    },
  };
}
