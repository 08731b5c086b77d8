import type { JsonObject } from "@orch/core";

/** Codes of answers that are no results. */
export const RPC = {
  parseError: -32700,
  invalidRequest: -32600,
  invalidParams: -32602,
  internalError: -32603,
  unsupportedVersion: -32022,
} as const;

/** Protocol versions that a request may name in its `_meta`; a test compares them with those of the SDK. */
export const META_VERSIONS = ["2026-07-28"];

/** Where a request names its version. */
export const META_VERSION_KEY = "io.modelcontextprotocol/protocolVersion";

/** The answer to something that is no request, or none that can be served. Without an id where none is usable. */
export interface RpcError {
  readonly jsonrpc: "2.0";
  readonly id?: string | number;
  readonly error: { readonly code: number; readonly message: string; readonly data?: JsonObject };
}

export const rpcError = (
  code: number,
  message: string,
  { id, data }: { readonly id?: string | number | undefined; readonly data?: JsonObject } = {},
): RpcError => ({
  jsonrpc: "2.0",
  ...(id === undefined ? {} : { id }),
  error: { code, message, ...(data === undefined ? {} : { data }) },
});
