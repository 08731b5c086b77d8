import {
  createMcpHandler,
  InMemoryServerEventBus,
  isLegacyRequest,
  type McpHttpHandler,
} from "@modelcontextprotocol/server";
import { LISTEN, Listens } from "../listens.ts";
import { buildServer } from "../mcp-server.ts";
import { OpenCalls } from "../open-calls.ts";
import { ResourceWatch } from "../resource-watch.ts";
import type { Served } from "../served-tools.ts";
import { MAX_BODY } from "./http-gate.ts";
import { judgeBody } from "./judge-body.ts";
import { authOf, type Exchange, LegacySessions } from "./legacy-sessions.ts";
import { refusalResponse, tooMany } from "./refusal.ts";

const MOST_CHARACTERS = 300;
const RETRY_MS = 60_000;

/** A request that was let in, with its body as text. */
export interface Asked extends Omit<Exchange, "message"> {
  /** Null for a request without a body. */
  readonly text: string | null;
  /** Says that the answer is a stream that stays open, which is not counted as a request any more. */
  readonly stays: () => void;
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
  readonly #watch: ResourceWatch;
  /** By caller. */
  readonly #listens = new Map<string, Listens>();
  readonly #sessions: LegacySessions;

  constructor(served: Served) {
    const { clock, logger } = served.run;
    const watch = new ResourceWatch(served.run);
    const build = (caller: string) => buildServer({ served, caller, watch, follow: this.#calls.follow });
    // Errors of a schema run to pages.
    const onerror = ({ message }: Error) => logger.debug(message.slice(0, MOST_CHARACTERS));
    const bus = new InMemoryServerEventBus(onerror);
    watch.on((uri) => bus.publish({ kind: "resource_updated", uri }));
    this.#served = served;
    this.#watch = watch;
    this.#modern = createMcpHandler(({ authInfo }) => build(authInfo?.clientId ?? ""), {
      legacy: "reject",
      bus,
      maxRequestBodySize: MAX_BODY,
      onerror,
    });
    this.#sessions = new LegacySessions({ build, clock, onerror });
  }

  /** Sessions that are open. */
  get sessions(): number {
    return this.#sessions.size;
  }

  /** Resources that somebody watches. */
  get watched(): number {
    return this.#watch.size;
  }

  async answer(request: Request, { text, stays, ...exchange }: Asked): Promise<Response> {
    if (text === null) return this.#sessions.answer(request, { ...exchange, message: null });
    const verdict = judgeBody(text);
    if (verdict.type === "wrong") return Response.json(verdict.error, { status: 400 });
    const { message } = verdict;
    if (await isLegacyRequest(request, message))
      return this.#sessions.answer(request, { ...exchange, message });
    if (message["method"] === LISTEN) {
      stays();
      if (!(await this.#listen({ ...exchange, message })))
        return refusalResponse(tooMany("Too much is listened to", RETRY_MS));
    }
    return this.#modern.fetch(request, { authInfo: authOf(exchange.caller), parsedBody: message });
  }

  /** Watches what a request names before the SDK says that it is. False for too much. */
  async #listen({ caller, message, ended }: Exchange & { readonly message: object }): Promise<boolean> {
    const listens = this.#listens.get(caller) ?? new Listens(this.#watch);
    this.#listens.set(caller, listens);
    ended.addEventListener("abort", () => listens.close(ended), { once: true });
    const isTaken = await listens.open(ended, message);
    if (ended.aborted) listens.close(ended);
    return isTaken;
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
