import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../shared/temporary-folder.ts";
import type { Batch } from "./measure-batch.ts";
import { measureInThreads } from "./pool.ts";

const batch = (files: string[] = []): Batch => ({ root: "/", files, maxFileBytes: 1 });
const answer = (code: string) =>
  `import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => { ${code} });`;
const signal = new AbortController().signal;

async function run(code: string, more: { signal?: AbortSignal } = {}): Promise<void> {
  await using folder = await temporaryFolder();
  const worker = pathToFileURL(await folder.write("worker.mjs", code));
  await measureInThreads([batch(), batch()], {
    threads: 2,
    signal,
    onBatch: () => undefined,
    worker,
    ...more,
  });
}

// Threads and many runs, on a machine that may be busy.

describe("measureInThreads", () => {
  it.each([
    ["does not load", "import './nowhere.mjs';", /nowhere/],
    ["has a mistake", "const run = (", /SyntaxError|Unexpected/],
    ["throws", answer("throw new TypeError('worse')"), /worse/],
    ["says that it failed", answer("parentPort.postMessage({ ok: false, message: 'lost' })"), /lost/],
    ["ends", answer("process.exit(3)"), /ended with code 3/],
  ])("reports a worker that %s", async (_, code, message) => {
    await expect(run(code)).rejects.toMatchObject({
      code: "WORKER_CRASHED",
      message: expect.stringMatching(message),
    });
  });

  it("ends with the reason of the signal while workers are busy for ever", async () => {
    const controller = new AbortController();
    const running = run(answer("for (;;);"), { signal: controller.signal });
    const reason = new Error("enough");
    // The workers have no way to say that they are in the loop; the abort must do at any moment.
    setImmediate(() => controller.abort(reason));
    await expect(running).rejects.toBe(reason);
  });

  it("passes on what the receiver of the batches throws", async () => {
    const wrong = new Error("receiver");
    await using folder = await temporaryFolder();
    const worker = pathToFileURL(
      await folder.write("w.mjs", answer("parentPort.postMessage({ ok: true, tally: {} })")),
    );
    const onBatch = () => {
      throw wrong;
    };
    await expect(measureInThreads([batch()], { threads: 1, signal, onBatch, worker })).rejects.toBe(wrong);
  });

  it("does not start for a signal that is aborted already", async () => {
    const reason = new Error("before");
    await expect(run(answer(""), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
