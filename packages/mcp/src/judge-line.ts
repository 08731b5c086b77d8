import { isObject } from "@orch/core";
import { META_VERSION_KEY, META_VERSIONS, RPC, type RpcError, rpcError } from "./json-rpc.ts";

/** What becomes of a line: it is passed on as it is, answered at once, or dropped. */
export type LineVerdict =
  | { readonly type: "pass" }
  | { readonly type: "answer"; readonly error: RpcError }
  | { readonly type: "drop" };

const MAX_ID = 256;
const PASS: LineVerdict = { type: "pass" };
const DROP: LineVerdict = { type: "drop" };

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Decides on a line of input without its end. Pure. */
export function judgeLine(line: Uint8Array): LineVerdict {
  const text = textOf(line);
  if (text !== null && text.trim() === "") return DROP;
  const message = text === null ? undefined : parseJson(text);
  if (message === undefined) return answer(RPC.parseError, "Parse error: a line must be one JSON object");
  if (!isObject(message) || Array.isArray(message))
    return answer(RPC.invalidRequest, "Invalid request: a line must be one object, batches are not served");
  return judgeMessage(message);
}

/** Decides on an object that was sent. Pure. */
export function judgeMessage(message: Readonly<Record<string, unknown>>): LineVerdict {
  // The client answers something that it was asked.
  if (Object.hasOwn(message, "result") || Object.hasOwn(message, "error")) return PASS;
  const hasId = Object.hasOwn(message, "id");
  const id = usableId(message["id"]);
  const wrong = whatIsWrong(message, hasId && id === undefined);
  if (wrong !== null) return answer(RPC.invalidRequest, `Invalid request: ${wrong}`, { id });
  const { params } = message;
  if (!isObject(params) || !Object.hasOwn(params, "_meta")) return PASS;
  return judgeMeta(params["_meta"], id);
}

/** The SDK says nothing to a message with others. */
const MEMBERS: ReadonlySet<string> = new Set(["jsonrpc", "id", "method", "params"]);

function whatIsWrong(message: Readonly<Record<string, unknown>>, isIdBad: boolean): string | null {
  const { jsonrpc, method, params } = message;
  if (isIdBad) return `id must be a string of ${MAX_ID} characters at most, or a whole number`;
  if (jsonrpc !== "2.0") return 'jsonrpc must be "2.0"';
  if (typeof method !== "string") return "method must be a string";
  if (params !== undefined && (!isObject(params) || Array.isArray(params))) return "params must be an object";
  if (Object.keys(message).some((key) => !MEMBERS.has(key)))
    return "it has other members than jsonrpc, id, method and params";
  return null;
}

function judgeMeta(meta: unknown, id: string | number | undefined): LineVerdict {
  // A notification is never answered.
  const refuse = (message: string) => (id === undefined ? DROP : answer(RPC.invalidParams, message, { id }));
  if (!isObject(meta) || Array.isArray(meta)) return refuse("Invalid params: _meta must be an object");
  const token = meta["progressToken"];
  if (token !== undefined && typeof token !== "string" && !Number.isSafeInteger(token))
    return refuse("Invalid params: progressToken must be a string or a whole number");
  const version = meta[META_VERSION_KEY];
  if (version === undefined || id === undefined || META_VERSIONS.includes(String(version))) return PASS;
  const requested = String(version).slice(0, 64);
  return answer(RPC.unsupportedVersion, "Unsupported protocol version", {
    id,
    data: { supported: META_VERSIONS, requested },
  });
}

function textOf(line: Uint8Array): string | null {
  try {
    return utf8.decode(line);
  } catch {
    return null;
  }
}

/** Undefined for what is no JSON; nothing in JSON is undefined. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function usableId(id: unknown): string | number | undefined {
  if (typeof id === "string" && id.length <= MAX_ID) return id;
  return typeof id === "number" && Number.isSafeInteger(id) ? id : undefined;
}

const answer = (...parts: Parameters<typeof rpcError>): LineVerdict => ({
  type: "answer",
  error: rpcError(...parts),
});
