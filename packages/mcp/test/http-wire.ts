import { type HttpServer, type HttpServerOptions, startHttpServer } from "../src/http.ts";
import type { HostSource } from "../src/served-tools.ts";
import { INITIALIZE, META, type Message } from "./stdio-wire.ts";

/** The two ways in which the protocol is spoken. */
export type Era = "legacy" | "modern";

/** What clients come with. */
export const TOKENS = ["a".repeat(64), "b".repeat(64)] as const;

/** How a client asks. */
export interface AskOptions {
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  /** Told of each message, answer or not. */
  readonly onMessage?: (message: Message) => void;
}

/** A server on a port of its own. */
export const aServer = (host: HostSource, options: Partial<HttpServerOptions> = {}): Promise<HttpServer> =>
  startHttpServer(host, { tokens: TOKENS, port: 0, host: "127.0.0.1", audit: null, ...options });

/** A client that says what it is told to, and reads what is answered as it was written. */
export class HttpWire {
  readonly #url: string;
  readonly #era: Era;
  readonly #token: string;
  #session: string | null = null;
  #next = 1;

  constructor({ url }: HttpServer, era: Era, token: string = TOKENS[0]) {
    this.#url = url;
    this.#era = era;
    this.#token = token;
  }

  /** Begins a session where there are some. */
  async begin(): Promise<this> {
    if (this.#era === "modern") return this;
    const response = await this.post({ jsonrpc: "2.0", id: 0, ...INITIALIZE });
    this.#session = response.headers.get("mcp-session-id");
    await response.text();
    return this;
  }

  /** Sends a request, and resolves with its answer. Rejects when the signal aborts. */
  async ask(
    method: string,
    params: Record<string, unknown> = {},
    options: AskOptions = {},
  ): Promise<Message> {
    const id = this.#next++;
    const modern = this.#era === "modern";
    const { _meta: meta } = params;
    const _meta = modern ? { ...META, ...(meta as object) } : meta;
    const named = modern && typeof params["name"] === "string" ? { "mcp-name": params["name"] } : {};
    const headers = {
      ...(modern ? { "mcp-protocol-version": "2026-07-28", "mcp-method": method } : {}),
      ...named,
      ...options.headers,
    };
    const message = {
      jsonrpc: "2.0",
      id,
      method,
      params: _meta === undefined ? params : { ...params, _meta },
    };
    const response = await this.post(message, { ...options, headers });
    for await (const each of messagesOf(response)) {
      options.onMessage?.(each);
      if (!("method" in each)) return each;
    }
    throw new Error(`The answer ended (${response.status}) without one to ${method}`);
  }

  call(name: string, args: object = {}, options?: AskOptions): Promise<Message> {
    return this.ask("tools/call", { name, arguments: args }, options);
  }

  /** Sends anything. */
  post(body: unknown, { signal, headers = {} }: AskOptions = {}): Promise<Response> {
    return fetch(this.#url, {
      method: "POST",
      body: typeof body === "string" ? body : JSON.stringify(body),
      headers: { ...this.headers, "content-type": "application/json", ...headers },
      ...(signal === undefined ? {} : { signal }),
    });
  }

  get headers(): Record<string, string> {
    return {
      authorization: `Bearer ${this.#token}`,
      accept: "application/json, text/event-stream",
      ...(this.#session === null ? {} : { "mcp-session-id": this.#session }),
    };
  }
}

/** The messages of an answer, as they come. */
export async function* messagesOf(response: Response): AsyncGenerator<Message> {
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
    const text = await response.text();
    if (text !== "") yield JSON.parse(text) as Message;
    return;
  }
  let left = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    const frames = (left + decoder.decode(chunk, { stream: true })).split("\n\n");
    left = frames.pop() ?? "";
    for (const frame of frames) {
      const [, data] = /^data: (.*)$/m.exec(frame) ?? [];
      if (data) yield JSON.parse(data) as Message;
    }
  }
}
