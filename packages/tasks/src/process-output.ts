import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/** Characters of the end that are kept, to say what a process died of. */
const TAIL = 4096;
/** A longer line is handed on in parts, so that no process fills the memory with one. */
const MOST_PENDING = 65_536;

/** Reads what a process writes, line by line. */
export class ProcessOutput {
  readonly #line: (text: string) => void;
  readonly #decoder = new StringDecoder("utf8");
  #pending = "";
  #tail = "";

  constructor(stream: Readable | null, line: (text: string) => void) {
    this.#line = line;
    stream?.on("data", (chunk: Buffer) => this.#take(this.#decoder.write(chunk)));
    stream?.on("end", () => this.#finish());
    // A pipe that breaks has no more to say.
    stream?.on("error", () => {});
  }

  /** The end of what was written. */
  get tail(): string {
    return this.#tail;
  }

  #take(text: string): void {
    this.#tail = (this.#tail + text).slice(-TAIL);
    const lines = (this.#pending + text).split("\n");
    this.#pending = lines.pop() ?? "";
    for (const line of lines) this.#line(line);
    if (this.#pending.length < MOST_PENDING) return;
    this.#line(this.#pending);
    this.#pending = "";
  }

  #finish(): void {
    if (this.#pending !== "") this.#line(this.#pending);
    this.#pending = "";
  }
}
