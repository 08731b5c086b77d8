import { BlockList, isIP, isIPv6 } from "node:net";
import { ConfigurationError } from "@orch/core";
import { LOOPBACK_NAMES } from "./place-guard.ts";

/** Where a server listens, and under which names it may be asked. */
export interface Binding {
  readonly addresses: readonly string[];
  readonly hostnames: readonly string[];
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** What a name of this machine stands for. */
const LOCALHOST = ["127.0.0.1", "::1"];
const WILDCARDS: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

/**
 * Where to listen for an address that the operator names, by default this machine alone, by both of its protocols. Another
 * address takes `allowRemote`. Throws CONFIG_INVALID for what is no address, for one that takes it, and for one that stands
 * for all: under which names it is asked must be known.
 */
export function bindingOf(host: string | undefined, allowRemote: boolean): Binding {
  if (host === undefined || host === "localhost") return { addresses: LOCALHOST, hostnames: LOOPBACK_NAMES };
  if (isIP(host) === 0)
    throw unusable(host, "it is no IP address", "Name an address of this machine, or leave it out.");
  const name = isIPv6(host) ? new URL(`http://[${host}]`).hostname : host;
  if (WILDCARDS.has(isIPv6(host) ? name.slice(1, -1) : host))
    throw unusable(host, "it stands for all addresses", "Name the one under which clients come.");
  if (!loopback.check(host, isIPv6(host) ? "ipv6" : "ipv4") && !allowRemote)
    throw unusable(
      host,
      "other machines can reach it",
      "Add --allow-remote if they may. Traffic is not encrypted: a proxy with TLS in front of 127.0.0.1 is safer.",
    );
  return { addresses: [host], hostnames: [...new Set([...LOOPBACK_NAMES, name])] };
}

const unusable = (host: string, why: string, suggestion: string): ConfigurationError =>
  new ConfigurationError(`Cannot listen on ${host}: ${why}`, {
    details: { host },
    suggestions: [suggestion],
  });
