import type { Clock } from "@orch/core";
import { toErrorResponse } from "@orch/core";
import { CallLimit } from "../call-limit.ts";
import type { Policy } from "../policy.ts";
import type { BearerTokens } from "./bearer-tokens.ts";
import { judgePlace } from "./place-guard.ts";
import { type Refusal, tooMany } from "./refusal.ts";
import { headerOf, type RequestHead } from "./request-head.ts";

/** The one address. */
export const MCP_PATH = "/mcp";
/** Bytes of a body. */
export const MAX_BODY = 4 * 1024 * 1024;
/** Where a client of the older era names its session. */
export const SESSION_HEADER = "mcp-session-id";

const BEARER = /^Bearer +([^ ]+) *$/i;
const JSON_TYPE = /^application\/json *(?:;|$)/i;
/** Logins that fail: ten a minute. */
const FAILURES = { calls_per_second: 10 / 60, burst: 10, at_once: 1 };

/** What a gate is given. */
export interface HttpGateOptions {
  /** Names that requests may be sent to and come from, in small letters. */
  readonly hostnames: readonly string[];
  readonly tokens: BearerTokens;
  /** Of each caller. */
  readonly limits: Policy["limits"];
  readonly clock: Clock;
}

/** Whether a request may go on, and as whose; `slot` is to be disposed of when it has been answered. */
export type Admission =
  | { readonly type: "refused"; readonly refusal: Refusal }
  | { readonly type: "admitted"; readonly caller: string; readonly slot: Disposable };

/**
 * Decides on requests by what stands before their body, in this order: the place that it was sent to and comes from, the
 * token, the path, the method, how many there are, the kind and size of the body. So somebody without a token learns
 * nothing, not even which paths there are.
 */
export class HttpGate {
  readonly #hostnames: ReadonlySet<string>;
  readonly #tokens: BearerTokens;
  readonly #failures: CallLimit;
  readonly #requests: CallLimit;

  constructor({ hostnames, tokens, limits, clock }: HttpGateOptions) {
    this.#hostnames = new Set(hostnames);
    this.#tokens = tokens;
    this.#failures = new CallLimit(FAILURES, clock);
    this.#requests = new CallLimit(limits, clock);
  }

  admit(head: RequestHead): Admission {
    const misplaced = judgePlace(head, this.#hostnames);
    if (misplaced !== null) return refused(misplaced);
    const [, token] = BEARER.exec(headerOf(head, "authorization") ?? "") ?? [];
    const caller = token === undefined ? null : this.#tokens.callerOf(token);
    if (caller === null) return refused(this.#unknown(token !== undefined));
    const wrong = judgeRoute(head);
    if (wrong !== null) return refused(wrong);
    const slot = entered(this.#requests, caller);
    if ("status" in slot) return refused(slot);
    const unreadable = judgeBodyHead(head);
    if (unreadable === null && head.method === "POST") return { type: "admitted", caller, slot };
    slot[Symbol.dispose]();
    // A stream of its own is open as long as its session is, of which there are only so many.
    return unreadable === null ? { type: "admitted", caller, slot: NO_SLOT } : refused(unreadable);
  }

  /** Who has a token is never held up by others who have none. */
  #unknown(hasToken: boolean): Refusal {
    const turn = entered(this.#failures, "");
    if ("status" in turn) return { ...turn, message: "Too many failed logins" };
    turn[Symbol.dispose]();
    const why = hasToken ? ', error="invalid_token"' : "";
    return {
      status: 401,
      message:
        "Unauthorized: send 'Authorization: Bearer <token>'; the server says at its start where its token lies",
      headers: { "www-authenticate": `Bearer realm="orch"${why}` },
    };
  }
}

const NO_SLOT: Disposable = { [Symbol.dispose]() {} };

const refused = (refusal: Refusal): Admission => ({ type: "refused", refusal });

function entered(limit: CallLimit, caller: string): Disposable | Refusal {
  try {
    return limit.enter(caller);
  } catch (error) {
    const { error: message, details } = toErrorResponse(error);
    return tooMany(`Too many requests: ${message}`, Number(details?.["retryAfterMs"] ?? 0));
  }
}

/** A stream of its own and the end of a session are what sessions have, so that the newer era knows neither. */
function judgeRoute(head: RequestHead): Refusal | null {
  if (head.target !== MCP_PATH) return { status: 404, message: "Not found" };
  if (head.method === "POST") return null;
  const hasSession = headerOf(head, SESSION_HEADER) !== undefined;
  if (hasSession && (head.method === "GET" || head.method === "DELETE")) return null;
  const allow = hasSession ? "GET, POST, DELETE" : "POST";
  return { status: 405, message: "Method not allowed", headers: { allow } };
}

function judgeBodyHead(head: RequestHead): Refusal | null {
  if (head.method !== "POST") return null;
  if (!JSON_TYPE.test(headerOf(head, "content-type") ?? ""))
    return { status: 415, message: "Unsupported media type: Content-Type must be application/json" };
  return Number(headerOf(head, "content-length") ?? 0) > MAX_BODY ? tooLarge : null;
}

/** The refusal of a body that is longer than it may be. */
export const tooLarge: Refusal = {
  status: 413,
  message: `Payload too large: a body has ${MAX_BODY} bytes at most`,
};
