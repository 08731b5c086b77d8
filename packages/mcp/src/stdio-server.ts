import { PassThrough, type Readable, type Writable } from "node:stream";
import type { McpServer } from "@modelcontextprotocol/server";
import { StdioServerTransport, serveStdio } from "@modelcontextprotocol/server/stdio";
import { LineGuard } from "./line-guard.ts";
import { ListeningTransport } from "./listening-transport.ts";
import { Listens } from "./listens.ts";
import { buildServer } from "./mcp-server.ts";
import { OpenCalls } from "./open-calls.ts";
import { ResourceWatch } from "./resource-watch.ts";
import type { Served } from "./served-tools.ts";

const MOST_CHARACTERS = 300;

/** The streams of a connection. */
export interface StdioStreams {
  readonly input: Readable;
  /** Nothing else writes to it. */
  readonly output: Writable;
}

/** A connection that is served. */
export interface StdioServer extends AsyncDisposable {
  /** Resolves when it has ended, at the end of the input, with its output, or by {@link close}: calls are over or given up. */
  readonly closed: Promise<void>;
  /** Ends it: calls that go on are aborted. Twice is fine. */
  close(): Promise<void>;
}

/** Serves one client on two streams, until either ends. */
export function serveStreams(served: Served, { input, output }: StdioStreams): StdioServer {
  const { logger, clock } = served.run;
  const calls = new OpenCalls();
  const inner = new PassThrough();
  const ended = Promise.withResolvers<void>();
  const watch = new ResourceWatch(served.run);
  const listens = new Listens(watch);
  const transport = new ListeningTransport(new StdioServerTransport(inner, output), listens);
  const guard = new LineGuard({
    pass: (line) => void inner.write(line),
    answer: (error) => void output.write(`${JSON.stringify(error)}\n`),
  });
  let latest: McpServer | null = null;
  const build = () => {
    latest = buildServer({ served, caller: "stdio", watch, follow: calls.follow });
    return latest;
  };
  const handle = serveStdio(build, {
    transport,
    onerror: ({ message }) => logger.debug(message.slice(0, MOST_CHARACTERS)),
  });
  watch.on((uri) => {
    // In the older era the server tells of what it was asked to itself.
    if (listens.size > 0) latest?.server.sendResourceUpdated({ uri }).catch(() => {});
  });
  const onData = (chunk: Buffer) => guard.push(chunk);
  const onEnd = () => void inner.end();
  const onLost = () => void close();
  input.on("data", onData).on("end", onEnd).on("close", onEnd).on("error", onEnd);
  output.on("error", onLost).on("close", onLost);
  inner.once("end", onLost).once("close", onLost);

  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closing ??= end();
    return closing;
  };
  const end = async (): Promise<void> => {
    input.off("data", onData).off("end", onEnd).off("close", onEnd);
    await handle.close();
    // What was told to stop still writes down that it has.
    await calls.settled(clock);
    input.destroy();
    ended.resolve();
  };
  return { closed: ended.promise, close, [Symbol.asyncDispose]: close };
}
