import {
  isInitializeRequest,
  type McpServer,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { type Clock, type IdGenerator, newRandomId } from "@orch/core";
import { SESSION_HEADER } from "./http-gate.ts";
import { refusalResponse, tooMany } from "./refusal.ts";

/** Of a caller. */
const MOST_SESSIONS = 64;
/** A session that nothing is heard of for so long has ended. */
const IDLE_MS = 30 * 60_000;
const SWEEP_MS = 60_000;

/** A request that is being answered. */
export interface Exchange {
  /** Who asks, by the token. */
  readonly caller: string;
  /** The body's message; null for a request without a body. */
  readonly message: Readonly<Record<string, unknown>> | null;
  /** Aborts when the answer has been sent, or cannot be any more. */
  readonly ended: AbortSignal;
}

/** Options of {@link LegacySessions}. */
export interface LegacySessionsOptions {
  /** Makes the server of one session. */
  readonly build: (caller: string) => McpServer;
  readonly clock: Clock;
  /** Of sessions: must not be guessed. @default random UUIDs */
  readonly newId?: IdGenerator;
  readonly onerror?: (error: Error) => void;
}

interface Session {
  readonly caller: string;
  readonly transport: WebStandardStreamableHTTPServerTransport;
  /** Requests and streams that are being answered. */
  open: number;
  /** When the last of them began or ended, on the clock that never jumps. */
  usedAt: number;
}

/**
 * The sessions of the older era: made by `initialize`, ended by DELETE, by half an hour in which nothing is heard, or by
 * {@link close}. A session belongs to the caller that made it: to all others it is unknown. A caller has 64 at most; one
 * more takes the place of the one that has been idle longest.
 */
export class LegacySessions {
  readonly #sessions = new Map<string, Session>();
  readonly #options: LegacySessionsOptions;
  #stopSweep: (() => void) | null = null;

  constructor(options: LegacySessionsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Answers a request of the older era. */
  async answer(request: Request, exchange: Exchange): Promise<Response> {
    const id = request.headers.get(SESSION_HEADER);
    if (id === null) return this.#begin(request, exchange);
    const session = this.#sessions.get(id);
    if (session === undefined || session.caller !== exchange.caller || this.#isOver(session))
      return unknown();
    this.#hold(session, exchange.ended);
    return handle(session, request, exchange);
  }

  /** Ends all of them. */
  async close(): Promise<void> {
    this.#stopSweep?.();
    this.#stopSweep = null;
    await Promise.all([...this.#sessions.values()].map(({ transport }) => transport.close()));
  }

  async #begin(request: Request, exchange: Exchange): Promise<Response> {
    const { caller, message, ended } = exchange;
    if (!isInitializeRequest(message))
      return refusalResponse({
        status: 400,
        message: "Bad request: initialize first, then name the session in Mcp-Session-Id",
      });
    if (!this.#makeRoom(caller)) return refusalResponse(tooMany("Too many sessions are in use", IDLE_MS));
    const { build, clock, newId = newRandomId, onerror } = this.#options;
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: newId,
      onsessioninitialized: (id) => {
        this.#sessions.set(id, session);
        this.#sweepLater();
      },
    });
    const session: Session = { caller, transport, open: 0, usedAt: clock.monotonic() };
    const server = build(caller);
    if (onerror !== undefined) server.server.onerror = onerror;
    await server.connect(transport);
    const { onclose } = transport;
    transport.onclose = () => {
      this.#sessions.delete(transport.sessionId ?? "");
      onclose?.();
    };
    this.#hold(session, ended);
    const response = await handle(session, request, exchange);
    // What was no initialization after all leaves nothing behind.
    if (transport.sessionId === undefined) await transport.close();
    return response;
  }

  #hold(session: Session, ended: AbortSignal): void {
    const use = (change: number) => {
      session.open += change;
      session.usedAt = this.#options.clock.monotonic();
    };
    use(1);
    ended.addEventListener("abort", () => use(-1), { once: true });
  }

  #isOver({ open, usedAt }: Session): boolean {
    return open === 0 && this.#options.clock.monotonic() - usedAt >= IDLE_MS;
  }

  /** Whether the caller may have one more. */
  #makeRoom(caller: string): boolean {
    const own = [...this.#sessions.values()].filter((session) => session.caller === caller);
    if (own.length < MOST_SESSIONS) return true;
    const [oldest] = own.filter(({ open }) => open === 0).sort((a, b) => a.usedAt - b.usedAt);
    void oldest?.transport.close();
    return oldest !== undefined;
  }

  #sweepLater(): void {
    this.#stopSweep ??= this.#options.clock.setTimer(() => this.#sweep(), SWEEP_MS, { background: true });
  }

  #sweep(): void {
    this.#stopSweep = null;
    for (const session of this.#sessions.values()) if (this.#isOver(session)) void session.transport.close();
    if (this.#sessions.size > 0) this.#sweepLater();
  }
}

const handle = ({ transport }: Session, request: Request, { message, caller }: Exchange): Promise<Response> =>
  transport.handleRequest(request, {
    ...(message === null ? {} : { parsedBody: message }),
    authInfo: authOf(caller),
  });

/** Who asks, in the words of the SDK: never with the token. */
export const authOf = (caller: string) => ({ token: "", clientId: caller, scopes: [] });

const unknown = (): Response =>
  refusalResponse({ status: 404, code: -32001, message: "Session not found: initialize again" });
