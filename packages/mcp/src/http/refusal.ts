import { rpcError } from "../json-rpc.ts";

/** What is answered to a request that does not get as far as the protocol. */
export interface Refusal {
  /** Of HTTP. */
  readonly status: number;
  readonly message: string;
  /** Of JSON-RPC. @default -32000 */
  readonly code?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const SERVER_ERROR = -32000;

/** The answer as it is sent. */
export const refusalResponse = ({ status, message, code = SERVER_ERROR, headers = {} }: Refusal): Response =>
  Response.json(rpcError(code, message), { status, headers });

/** Too many of something; `retryAfterMs` is told in whole seconds. */
export const tooMany = (message: string, retryAfterMs: number): Refusal => ({
  status: 429,
  message,
  headers: { "retry-after": String(Math.max(1, Math.ceil(retryAfterMs / 1000))) },
});
