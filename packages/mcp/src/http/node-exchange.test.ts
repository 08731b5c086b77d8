import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { ManualClock } from "@orch/core/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { sendResponse } from "./node-exchange.ts";

const MIB = 1024 * 1024;
const CHUNK = new Uint8Array(64 * 1024);

let server: Server;
let client: Socket;
let clock: ManualClock;
let sent: Promise<void>;
let respond: () => Response;
beforeEach(async () => {
  clock = new ManualClock();
  const { promise, resolve } = Promise.withResolvers<void>();
  sent = promise;
  server = createServer((_, response) => {
    response.on("error", () => {});
    resolve(sendResponse(respond(), response, clock));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
});
afterEach(() => {
  client.destroy();
  server.closeAllConnections();
  server.close();
});

/** A client that reads nothing until it is told to. */
async function ask(): Promise<void> {
  const { port } = server.address() as AddressInfo;
  client = connect(port, "127.0.0.1").pause();
  client.on("error", () => {});
  await once(client, "connect");
  client.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
}

/** A body that has always more, and how much was taken of it. */
function endless() {
  const { promise: cancelled, resolve } = Promise.withResolvers<void>();
  const state = { taken: 0, cancelled };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      state.taken += CHUNK.length;
      controller.enqueue(CHUNK);
    },
    cancel: () => resolve(),
  });
  return { state, body };
}

it("gives up a reader that is slower than what is told, with little kept for it", async () => {
  const { state, body } = endless();
  respond = () => new Response(body);
  await ask();
  await Promise.all([sent, state.cancelled]);
  // What the system itself takes for a connection comes on top.
  expect(state.taken).toBeLessThan(16 * MIB);
});

it("gives up a reader that takes nothing for a minute of what is all there", async () => {
  const { promise: told, resolve } = Promise.withResolvers<void>();
  const { promise: cancelled, resolve: onCancel } = Promise.withResolvers<void>();
  let chunks = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (chunks++ === 0) controller.enqueue(new Uint8Array(32 * MIB));
        else resolve();
      },
      cancel: () => onCancel(),
    },
    { highWaterMark: 0 },
  );
  respond = () => new Response(body);
  await ask();
  await told;
  clock.advance(120_000);
  await Promise.all([sent, cancelled]);
  expect(clock.pending).toBe(0);
});

it("keeps a stream on which nothing is told", async () => {
  const { promise: told, resolve } = Promise.withResolvers<void>();
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(given) {
      controller = given;
    },
    pull: () => resolve(),
  });
  respond = () => new Response(body);
  await ask();
  await told;
  clock.advance(3_600_000);
  controller?.enqueue(new TextEncoder().encode("still here"));
  controller?.close();
  let text = "";
  client.on("data", (data: Buffer) => {
    text += data.toString();
  });
  client.resume();
  await sent;
  client.end();
  await once(client, "close");
  expect(text).toContain("still here");
});

it("ends what is told to a reader that has gone, at once", async () => {
  const { promise: cancelled, resolve } = Promise.withResolvers<void>();
  const { promise: told, resolve: onPull } = Promise.withResolvers<void>();
  respond = () => new Response(new ReadableStream({ pull: () => onPull(), cancel: () => resolve() }));
  await ask();
  await told;
  client.destroy();
  await Promise.all([sent, cancelled]);
  expect(clock.pending).toBe(0);
});

it("says at once that a stream is open, before anything is told on it", async () => {
  const headers = { "content-type": "text/event-stream" };
  respond = () => new Response(new ReadableStream(), { headers });
  await ask();
  client.resume();
  const [head] = (await once(client, "data")) as [Buffer];
  expect(head.toString()).toMatch(/^HTTP\/1\.1 200 OK\r\ncontent-type: text\/event-stream\r\n/);
});
