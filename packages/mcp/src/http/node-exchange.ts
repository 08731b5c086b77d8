import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "@orch/core";
import { MAX_BODY } from "./http-gate.ts";
import type { RequestHead } from "./request-head.ts";

/** Bytes that may wait for a slow reader when more is to come. */
const MOST_WAITING = 1024 * 1024;
/** How long a reader may take nothing of what waits for it. */
const STALLED_MS = 60_000;

const EVENTS = "text/event-stream";

/** What stands before the body. */
export const headOf = ({ method = "", url = "", headers }: IncomingMessage): RequestHead => ({
  method,
  target: url,
  headers,
});

/** The request as the protocol takes it, without its body. */
export function webRequest({ method, target, headers }: RequestHead, signal: AbortSignal): Request {
  const copied = new Headers();
  for (const [name, value] of Object.entries(headers))
    for (const each of typeof value === "object" ? value : [value ?? []].flat()) copied.append(name, each);
  return new Request(`http://${copied.get("host")}${target}`, { method, headers: copied, signal });
}

/** The text of a body; null when it is longer than it may be. Rejects when the connection breaks. */
export async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  // What is not read is thrown away later, so that the connection can be used again.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.byteLength;
    if (length > MAX_BODY) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * Sends an answer as it comes. A reader that is slower than what is told it loses the connection once a megabyte waits, and
 * when it takes nothing for a minute: neither memory nor whoever tells it waits for it.
 */
export async function sendResponse(
  { status, headers, body }: Response,
  response: ServerResponse,
  clock: Clock,
): Promise<void> {
  if (response.destroyed) {
    await body?.cancel();
    return;
  }
  response.writeHead(status, Object.fromEntries(headers));
  // Whoever opens a stream is to know that it is open before something comes.
  if (headers.get("content-type") === EVENTS) response.flushHeaders();
  if (body !== null) await pump(body, response, clock);
  response.end();
  if (!response.writableFinished && !response.destroyed) await closed(response);
}

async function pump(body: ReadableStream<Uint8Array>, response: ServerResponse, clock: Clock): Promise<void> {
  const reader = body.getReader();
  // At once, not with the next chunk: what is told to nobody must end.
  const onClose = () => void reader.cancel().catch(() => {});
  response.once("close", onClose);
  let written = 0;
  using _ = watchReader(response, () => written, clock);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done || response.destroyed) return;
      if (response.writableLength > MOST_WAITING) {
        response.destroy();
        return;
      }
      response.write(value);
      written += value.byteLength;
    }
  } finally {
    response.off("close", onClose);
    await reader.cancel().catch(() => {});
  }
}

const closed = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    response.once("finish", resolve).once("close", resolve);
  });

/** Closes the connection of a reader that takes nothing, while something waits for it. */
function watchReader(response: ServerResponse, written: () => number, clock: Clock): Disposable {
  let taken = Number.NEGATIVE_INFINITY;
  let stop = () => {};
  const look = () => {
    const now = written() - response.writableLength;
    if (response.writableLength > 0 && now <= taken) response.destroy();
    taken = now;
    stop = clock.setTimer(look, STALLED_MS, { background: true });
  };
  look();
  return { [Symbol.dispose]: () => stop() };
}
