import { NoMessage } from "./no-message.ts";

/** Bytes before a message that say how long it is. */
export const LENGTH_BYTES = 4;

/** A message as it goes through a pipe: its length, and then itself. */
export function frame(body: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(LENGTH_BYTES + body.byteLength);
  framed.writeUInt32LE(body.byteLength);
  framed.set(body, LENGTH_BYTES);
  return framed;
}

/** Finds the messages in what comes out of a pipe, in whatever pieces it comes. */
export class Frames {
  readonly #mostBytes: number;
  readonly #head = Buffer.alloc(LENGTH_BYTES);
  /** What is being filled: the length, or the message of that length. */
  #part: Buffer = this.#head;
  #filled = 0;

  /** `mostBytes`: no message is longer. */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** The messages that a piece completes. Throws {@link NoMessage} for an empty or a longer one; what follows has no meaning then. */
  *read(piece: Buffer): Generator<Buffer> {
    for (let at = 0; at < piece.byteLength; ) {
      const taken = piece.copy(this.#part, this.#filled, at);
      at += taken;
      this.#filled += taken;
      if (this.#filled < this.#part.byteLength) return;
      const whole = this.#part;
      this.#filled = 0;
      if (whole === this.#head) this.#part = this.#roomFor(whole.readUInt32LE());
      else {
        this.#part = this.#head;
        yield whole;
      }
    }
  }

  #roomFor(length: number): Buffer {
    if (length === 0 || length > this.#mostBytes) throw new NoMessage(`its length would be ${length} bytes`);
    return Buffer.allocUnsafeSlow(length);
  }
}
