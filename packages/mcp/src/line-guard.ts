import { ByteLines } from "./byte-lines.ts";
import { RPC, type RpcError, rpcError } from "./json-rpc.ts";
import { judgeLine } from "./judge-line.ts";

/** Bytes of a line of input. */
const MAX_LINE = 8 * 1024 * 1024;

/** What a {@link LineGuard} makes of the input. */
export interface LineSink {
  /** A line that the server can be given, with its end. */
  pass(line: Uint8Array): void;
  answer(error: RpcError): void;
}

const END = Uint8Array.of(0x0a);

/**
 * Stands between the input and the server: every line that is no message which the server answers gets its answer here, so
 * that no caller waits for one in vain, and nothing in a line ends the connection.
 */
export class LineGuard {
  readonly #lines: ByteLines;
  readonly #sink: LineSink;
  readonly #limit: number;

  constructor(sink: LineSink, limit: number = MAX_LINE) {
    this.#sink = sink;
    this.#limit = limit;
    this.#lines = new ByteLines(limit);
  }

  push(chunk: Uint8Array): void {
    for (const line of this.#lines.push(chunk)) {
      if (line.type === "too_long") {
        const message = `Invalid request: the line is longer than ${this.#limit} bytes`;
        this.#sink.answer(rpcError(RPC.invalidRequest, message));
        continue;
      }
      const verdict = judgeLine(line.bytes);
      if (verdict.type === "pass") this.#sink.pass(Buffer.concat([line.bytes, END]));
      else if (verdict.type === "answer") this.#sink.answer(verdict.error);
    }
  }
}
