import type { Refusal } from "./refusal.ts";
import { headerOf, type RequestHead } from "./request-head.ts";

/** The names under which a machine reaches itself. */
export const LOOPBACK_NAMES: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

const NAME = String.raw`(\[[0-9a-f:.]+\]|[0-9a-z.-]+)(?::\d{1,5})?`;
const HOST = new RegExp(`^${NAME}$`, "i");
const ORIGIN = new RegExp(`^https?://${NAME}$`, "i");

/**
 * Refuses what a page of a stranger makes a browser send: a request to another name than ours (a name that was pointed at
 * this machine), or from another place. Names are compared as a whole, whatever the port; who sends no Origin is no browser.
 */
export function judgePlace(head: RequestHead, hostnames: ReadonlySet<string>): Refusal | null {
  const isOurs = (pattern: RegExp, text: string) =>
    hostnames.has(pattern.exec(text)?.[1]?.toLowerCase() ?? "");
  const origin = headerOf(head, "origin");
  if (!isOurs(HOST, headerOf(head, "host") ?? ""))
    return {
      status: 403,
      message:
        "Forbidden: the Host is not one that is served; use the address that the server says at its start",
    };
  if (origin !== undefined && !isOurs(ORIGIN, origin))
    return {
      status: 403,
      message:
        "Forbidden: pages of other places are not served; use a client that is no web page, or one of this machine",
    };
  return null;
}
