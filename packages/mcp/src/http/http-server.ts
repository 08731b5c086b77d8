import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { errorMessage, invariant } from "@orch/core";
import type { Policy } from "../policy.ts";
import type { Served } from "../served-tools.ts";
import { BearerTokens } from "./bearer-tokens.ts";
import { bindingOf } from "./bind-address.ts";
import { HttpGate, MCP_PATH, tooLarge } from "./http-gate.ts";
import { listenOn } from "./listen-on.ts";
import { failedInside, McpEndpoint } from "./mcp-endpoint.ts";
import { headOf, readBody, sendResponse, webRequest } from "./node-exchange.ts";
import { refusalResponse } from "./refusal.ts";
import { headerOf } from "./request-head.ts";

/** Who may come, and where to. */
export interface HttpPlace {
  /** What callers come with, as `Authorization: Bearer …`: at least one, 32 to 512 characters each. */
  readonly tokens: readonly string[];
  /** 0: one that is free. @default 7410 */
  readonly port?: number | undefined;
  /** An address of this machine. @default 127.0.0.1 and ::1 */
  readonly host?: string | undefined;
  /** Whether `host` may be an address that other machines reach. @default false */
  readonly allowRemote?: boolean | undefined;
}

/** A server that listens. */
export interface HttpServer extends AsyncDisposable {
  /** Where clients find it. */
  readonly url: string;
  /** Resolves when it has ended, by {@link close}: calls are over or given up. */
  readonly closed: Promise<void>;
  /** Ends it: nobody is let in any more, calls that go on are aborted. Twice is fine. */
  close(): Promise<void>;
}

const DEFAULT_PORT = 7410;

/** Listens for clients. Rejects with CONFIG_INVALID where it cannot, or must not. */
export async function listenForClients(
  served: Served,
  limits: Policy["limits"],
  { tokens, port = DEFAULT_PORT, host, allowRemote = false }: HttpPlace,
): Promise<HttpServer> {
  const { addresses, hostnames } = bindingOf(host, allowRemote);
  const { clock, logger } = served.run;
  const gate = new HttpGate({ hostnames, tokens: new BearerTokens(tokens), limits, clock });
  const endpoint = new McpEndpoint(served);
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    // A reader that has gone is told of by the end of the answer.
    response.on("error", () => {});
    request.on("error", () => {});
    exchange(request, response, { gate, endpoint, served })
      .catch((error: unknown) => logger.debug(errorMessage(error)))
      // What nobody has read is thrown away, so that the connection can be used again.
      .finally(() => request.resume());
  };
  const servers = await listenOn(addresses, port, answer);
  const ended = Promise.withResolvers<void>();
  let closing: Promise<void> | null = null;
  const end = async () => {
    const stopped = servers.map((server) => new Promise((resolve) => server.close(resolve)));
    await endpoint.close();
    for (const server of servers) server.closeAllConnections();
    await Promise.all(stopped);
    ended.resolve();
  };
  const close = () => {
    closing ??= end();
    return closing;
  };
  return { url: urlOf(servers), closed: ended.promise, close, [Symbol.asyncDispose]: close };
}

interface Parts {
  readonly gate: HttpGate;
  readonly endpoint: McpEndpoint;
  readonly served: Served;
}

async function exchange(
  request: IncomingMessage,
  response: ServerResponse,
  { gate, endpoint, served: { run } }: Parts,
): Promise<void> {
  const head = headOf(request);
  const admission = gate.admit(head);
  if (admission.type === "refused")
    return sendResponse(refusalResponse(admission.refusal), response, run.clock);
  const { caller, slot } = admission;
  const [lost, ended] = [new AbortController(), new AbortController()];
  let isOpen = true;
  const release = () => {
    if (isOpen) slot[Symbol.dispose]();
    isOpen = false;
  };
  response.once("close", () => {
    release();
    if (!response.writableFinished) lost.abort();
    ended.abort();
  });
  if (headerOf(head, "expect") !== undefined) response.writeContinue();
  const text = head.method === "POST" ? await readBody(request) : null;
  const answered =
    head.method === "POST" && text === null
      ? refusalResponse(tooLarge)
      : await endpoint
          .answer(webRequest(head, lost.signal), { caller, text, ended: ended.signal, stays: release })
          .catch((error: unknown) => {
            const stack = error instanceof Error ? error.stack : String(error);
            run.logger.error("A request failed inside", { stack });
            return failedInside();
          });
  return sendResponse(answered, response, run.clock);
}

function urlOf([first]: readonly Server[]): string {
  invariant(first !== undefined, "a server listens on one address at least");
  const { address, family, port } = first.address() as AddressInfo;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}${MCP_PATH}`;
}
