import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../shared/temporary-folder.ts";
import type { Batch } from "./measure-batch.ts";
import { measureInThreads } from "./pool.ts";

const batch = (files: string[] = []): Batch => ({ root: "/", files, maxFileBytes: 1 });
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

describe("measureInThreads", () => {
  it.each([
    ["does not load", "import './nowhere.mjs'; export const run = () => 1;", /nowhere/],
    ["has a mistake", "export const run = (", /SyntaxError|Unexpected/],
    ["throws", "export const run = () => { throw new TypeError('worse'); };", /worse/],
    ["says that it failed", "export const run = () => ({ ok: false, message: 'lost' });", /lost/],
    ["ends", "export const run = () => process.exit(3);", /./],
  ])("reports a worker that %s", async (_, code, message) => {
    await expect(run(code)).rejects.toMatchObject({
      code: "WORKER_CRASHED",
      message: expect.stringMatching(message),
    });
  });

  it("ends with the reason of the signal while workers are busy for ever", async () => {
    const controller = new AbortController();
    const running = run("export const run = () => { for (;;); };", { signal: controller.signal });
    const reason = new Error("enough");
    // The workers have no way to say that they are in the loop; the abort must do at any moment.
    setImmediate(() => controller.abort(reason));
    await expect(running).rejects.toBe(reason);
  });

  it("does not start for a signal that is aborted already", async () => {
    const reason = new Error("before");
    await expect(run("export const run = 1", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
