import { createMcpHandler, isLegacyRequest, type McpHttpHandler } from "@modelcontextprotocol/server";
import { buildServer } from "../mcp-server.ts";
import { OpenCalls } from "../open-calls.ts";
import type { Served } from "../served-tools.ts";
import { MAX_BODY } from "./http-gate.ts";
import { judgeBody } from "./judge-body.ts";
import { authOf, type Exchange, LegacySessions } from "./legacy-sessions.ts";
import { refusalResponse } from "./refusal.ts";

const MOST_CHARACTERS = 300;

/** A request that was let in, with its body as text. */
export interface Asked extends Omit<Exchange, "message"> {
  /** Null for a request without a body. */
  readonly text: string | null;
}

/**
 * Answers requests that were let in, in both eras of the protocol: in the newer one each stands for itself, in the older
 * one they belong to sessions. A request of the newer era whose signal aborts is cancelled; in the older one the client
 * says so itself, since there a stream that breaks is no cancel.
 */
export class McpEndpoint {
  readonly #served: Served;
  readonly #calls = new OpenCalls();
  readonly #modern: McpHttpHandler;
  readonly #sessions: LegacySessions;

  constructor(served: Served) {
    const { clock, logger } = served.run;
    const build = (caller: string) => buildServer({ served, caller, follow: this.#calls.follow });
    // Errors of a schema run to pages.
    const onerror = ({ message }: Error) => logger.debug(message.slice(0, MOST_CHARACTERS));
    this.#served = served;
    this.#modern = createMcpHandler(({ authInfo }) => build(authInfo?.clientId ?? ""), {
      legacy: "reject",
      maxRequestBodySize: MAX_BODY,
      onerror,
    });
    this.#sessions = new LegacySessions({ build, clock, onerror });
  }

  /** Sessions that are open. */
  get sessions(): number {
    return this.#sessions.size;
  }

  async answer(request: Request, { text, ...exchange }: Asked): Promise<Response> {
    if (text === null) return this.#sessions.answer(request, { ...exchange, message: null });
    const verdict = judgeBody(text);
    if (verdict.type === "wrong") return Response.json(verdict.error, { status: 400 });
    const { message } = verdict;
    if (await isLegacyRequest(request, message))
      return this.#sessions.answer(request, { ...exchange, message });
    return this.#modern.fetch(request, { authInfo: authOf(exchange.caller), parsedBody: message });
  }

  /** Ends what goes on, and waits half a second for what that still writes down. */
  async close(): Promise<void> {
    await Promise.all([this.#modern.close(), this.#sessions.close()]);
    await this.#calls.settled(this.#served.run.clock);
  }
}

/** The answer when something of our own fails. */
export const failedInside = (): Response =>
  refusalResponse({ status: 500, code: -32603, message: "Internal error" });
