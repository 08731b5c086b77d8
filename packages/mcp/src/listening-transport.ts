import type { JSONRPCMessage, Transport, TransportSendOptions } from "@modelcontextprotocol/server";
import { RPC, rpcError } from "./json-rpc.ts";
import { LISTEN, type Listens } from "./listens.ts";

type Inbound = JSONRPCMessage & {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: { readonly requestId?: unknown };
};

/**
 * Stands between a transport and the SDK, which keeps to itself what clients of the newer era listen to: what they name is
 * watched before the SDK says that it is. Messages stay in their order.
 */
export class ListeningTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: NonNullable<Transport["onmessage"]>;
  readonly #inner: Transport;
  readonly #listens: Listens;
  /** Messages that wait for one before them. */
  #waiting: Promise<void> | null = null;

  constructor(inner: Transport, listens: Listens) {
    this.#inner = inner;
    this.#listens = listens;
  }

  start(): Promise<void> {
    this.#inner.onmessage = (message) => this.#take(message as Inbound);
    this.#inner.onerror = (error) => this.onerror?.(error);
    this.#inner.onclose = () => {
      this.#listens.closeAll();
      this.onclose?.();
    };
    return this.#inner.start();
  }

  send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    // The SDK has not taken it.
    if ("error" in message) this.#listens.close(message.id);
    return this.#inner.send(message, options);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #take(message: Inbound): void {
    if (this.#waiting === null && message.method !== LISTEN) {
      this.#pass(message);
      return;
    }
    const turn = (this.#waiting ?? Promise.resolve())
      .then(() => (message.method === LISTEN ? this.#listen(message) : this.#pass(message)))
      .catch((error: unknown) => this.onerror?.(error as Error))
      .finally(() => {
        if (this.#waiting === turn) this.#waiting = null;
      });
    this.#waiting = turn;
  }

  async #listen(message: Inbound): Promise<void> {
    const { id } = message;
    const isTaken = await this.#listens.open(id, message).catch((error: unknown) => {
      this.onerror?.(error as Error);
      return false;
    });
    if (isTaken) return this.#pass(message);
    const refusal = rpcError(RPC.internalError, "What is listened to cannot be watched, or is too much", {
      id,
    });
    return this.#inner.send(refusal as JSONRPCMessage);
  }

  #pass(message: Inbound): void {
    if (message.method === "notifications/cancelled") this.#listens.close(message.params?.requestId);
    this.onmessage?.(message);
  }
}
