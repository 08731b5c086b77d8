const NEWLINE = 0x0a;

/** What comes out of bytes: a line without its end, or that one was too long to be kept. */
export type ByteLine = { readonly type: "line"; readonly bytes: Uint8Array } | { readonly type: "too_long" };

/**
 * Cuts bytes that arrive in any pieces into lines. Of a line above the limit nothing is kept: it is told when its end has
 * come.
 */
export class ByteLines {
  readonly #limit: number;
  #pieces: Uint8Array[] = [];
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The lines that end in these bytes. */
  push(chunk: Uint8Array): ByteLine[] {
    const lines: ByteLine[] = [];
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      this.#keep(chunk.subarray(from, at));
      lines.push(this.#take());
      from = at + 1;
    }
    this.#keep(chunk.subarray(from));
    return lines;
  }

  #keep(piece: Uint8Array): void {
    this.#size += piece.length;
    if (this.#size > this.#limit) this.#pieces = [];
    else if (piece.length > 0) this.#pieces.push(piece);
  }

  #take(): ByteLine {
    const [pieces, size] = [this.#pieces, this.#size];
    [this.#pieces, this.#size] = [[], 0];
    return size > this.#limit ? { type: "too_long" } : { type: "line", bytes: Buffer.concat(pieces) };
  }
}
