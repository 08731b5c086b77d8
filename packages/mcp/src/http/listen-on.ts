import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ConfigurationError, errorMessage } from "@orch/core";

const HIGHEST_PORT = 65_535;
/** Until a request has arrived as a whole. */
const ARRIVAL_MS = 30_000;
const HEAD_MS = 10_000;
const MOST_CONNECTIONS = 1024;

/**
 * Listens on all addresses, on one port; 0: one that is free. One of the two of this machine may be missing. Rejects with
 * CONFIG_INVALID, and listens on none then.
 */
export async function listenOn(
  addresses: readonly string[],
  port: number,
  answer: RequestListener,
): Promise<Server[]> {
  if (!Number.isInteger(port) || port < 0 || port > HIGHEST_PORT) throw noPort(port);
  const servers: Server[] = [];
  let at = port;
  try {
    for (const address of addresses) {
      const server = createServer(
        { requestTimeout: ARRIVAL_MS, headersTimeout: HEAD_MS, keepAlive: true, noDelay: true },
        answer,
      );
      server.maxConnections = MOST_CONNECTIONS;
      // Who asks before he sends a body is told by the answer, not before it is known whether he may.
      server.on("checkContinue", answer);
      if (!(await listens(server, address, at, servers.length > 0))) continue;
      servers.push(server);
      at = (server.address() as AddressInfo).port;
    }
    return servers;
  } catch (error) {
    for (const server of servers) server.close();
    throw error;
  }
}

/** Where a machine has only one of its protocols, `isSpare` says that the other is listened on already. */
const ABSENT: ReadonlySet<string | undefined> = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT"]);

function listens(server: Server, host: string, port: number, isSpare: boolean): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (isSpare && ABSENT.has(error.code)) resolve(false);
      else reject(cannotListen(host, port, error));
    });
    server.listen({ host, port, ipv6Only: true }, () => resolve(true));
  });
}

function cannotListen(host: string, port: number, error: NodeJS.ErrnoException): ConfigurationError {
  const why = error.code === "EADDRINUSE" ? "another program has the port" : errorMessage(error);
  return new ConfigurationError(`Cannot listen on port ${port} of ${host}: ${why}`, {
    details: { host, port },
    suggestions: ["Choose another port, or 0 for one that is free."],
    cause: error,
  });
}

const noPort = (port: number): ConfigurationError =>
  new ConfigurationError(`${port} is no port`, {
    details: { port },
    suggestions: [`A port is a whole number from 0 to ${HIGHEST_PORT}; 0 is one that is free.`],
  });
