import { PassThrough } from "node:stream";
import type { HostSource } from "../src/served-tools.ts";
import { type StdioServerOptions, startStdioServer } from "../src/stdio.ts";

/** A message of the protocol, as it was written. */
export type Message = Record<string, unknown> & { readonly id?: unknown };

/** What is asked. */
interface Request {
  readonly id: number | string;
  readonly method: string;
  readonly params?: object;
}

/** A server on two streams, and what a test writes to it and reads from it. */
export class StdioWire implements AsyncDisposable {
  readonly input = new PassThrough();
  readonly output = new PassThrough();
  /** Every line that the server wrote. */
  readonly messages: Message[] = [];
  readonly server;
  #left = "";
  #waiting: (() => void)[] = [];

  constructor(host: HostSource, options: StdioServerOptions = {}) {
    this.output.on("data", (chunk: Buffer) => {
      const lines = (this.#left + chunk.toString("utf8")).split("\n");
      this.#left = lines.pop() ?? "";
      this.messages.push(...lines.map((line) => JSON.parse(line) as Message));
      for (const wake of this.#waiting.splice(0)) wake();
    });
    this.server = startStdioServer(host, { input: this.input, output: this.output, audit: null, ...options });
  }

  write(...messages: readonly object[]): void {
    for (const message of messages) this.input.write(`${JSON.stringify(message)}\n`);
  }

  /** The first message that `is` so, whether it came already or not. */
  async find(is: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const found = this.messages.find(is);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** The answer to a request. */
  async ask(request: Request): Promise<Message> {
    this.write({ jsonrpc: "2.0", ...request });
    return this.find(({ id }) => id === request.id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
  }
}

/** What a client of the older era begins with. */
export const INITIALIZE = {
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } },
};

/** What a request of the newer era carries. */
export const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
  "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
};
