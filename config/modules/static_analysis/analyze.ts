import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, dirname, resolve } from "node:path";
import { InvalidParametersError } from "@orch/core";
import type { ActionContext } from "@orch/tasks";
import { z } from "zod";
import { languageOf } from "./languages.ts";
import { type Batch, measureBatch } from "./measure-batch.ts";
import type { Analysis } from "./output.ts";
import { measureInThreads } from "./pool.ts";
import { reportOf } from "./report.ts";
import { type Scan, scan } from "./scan.ts";
import { emptyTally, mergeTallies, type Tally } from "./tally.ts";

const MEBIBYTE = 1_048_576;
const MOST_WORKERS = 64;
// Up to here, and without anything to parse, starting a thread takes longer than the work.
const FEW_FILES = 50;

/** What to analyse and how. */
export const analysisInputSchema = z.object({
  path: z.string().min(1).default(".").describe("A directory or a file; relative to the current directory"),
  include: z
    .array(z.string().min(1))
    .default([])
    .describe("Count only files that match one of these patterns (.gitignore syntax)"),
  exclude: z
    .array(z.string().min(1))
    .default([])
    .describe("Leave out what matches one of these patterns (.gitignore syntax)"),
  max_file_bytes: z
    .int()
    .min(1)
    .max(64 * MEBIBYTE)
    .default(MEBIBYTE)
    .describe("Larger files are skipped as oversize"),
  batch_size: z.int().min(1).max(10_000).default(100).describe("Files that a worker takes at once"),
  max_workers: z
    .int()
    .min(1)
    .max(MOST_WORKERS)
    .optional()
    .describe("Worker threads; default: as many as the machine can run at once"),
});

/** The input after defaults. */
export type AnalysisInput = z.output<typeof analysisInputSchema>;

/**
 * Analyses a tree: scan, fan out over worker threads, add up. Threads are used when there is anything to parse (the
 * parser needs a larger stack than this thread has) or more than 50 files. Throws INVALID_PARAMETERS for a path that
 * does not exist and the signal's reason on abort.
 */
export async function analyze(
  input: AnalysisInput,
  context: Pick<ActionContext, "signal" | "progress" | "logger">,
): Promise<Analysis> {
  const started = performance.now();
  const { root, only } = await locate(input.path);
  const { files, directories, skipped }: Scan = only
    ? { files: [only], directories: 1, skipped: emptyTally() }
    : await scan(root, { include: input.include, exclude: input.exclude, signal: context.signal });
  context.logger.info("files found", { path: root, files: files.length, directories });
  const batches = batchesOf(files, { root, size: input.batch_size, maxFileBytes: input.max_file_bytes });
  const needsThreads = files.length > FEW_FILES || files.some((file) => languageOf(file).method === "syntax");
  const workers = needsThreads
    ? Math.min(input.max_workers ?? Math.min(availableParallelism(), MOST_WORKERS), batches.length)
    : 0;
  const total = skipped;
  let done = 0;
  const onBatch = (tally: Tally, batch: Batch): void => {
    mergeTallies(total, tally);
    done += batch.files.length;
    context.progress(
      done / files.length,
      `${done.toLocaleString("en")} of ${files.length.toLocaleString("en")} files`,
    );
  };
  if (workers > 0) await measureInThreads(batches, { threads: workers, signal: context.signal, onBatch });
  else for (const batch of batches) onBatch(measureBatch(batch), batch);
  context.signal.throwIfAborted();
  return reportOf(total, {
    path: resolve(input.path),
    directories,
    workers,
    durationSeconds: (performance.now() - started) / 1_000,
  });
}

async function locate(path: string): Promise<{ root: string; only: string | null }> {
  const full = resolve(path);
  const found = await stat(full).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) {
    throw new InvalidParametersError(
      `Path '${path}' cannot be analysed: nothing to read at ${full} (${found.code ?? found.message})`,
      {
        details: { problems: [{ path: "path", message: "does not exist or cannot be read" }], path: full },
        suggestions: [
          "Check the spelling of path",
          `Relative paths start from the current directory, ${process.cwd()}`,
        ],
      },
    );
  }
  return found.isDirectory() ? { root: full, only: null } : { root: dirname(full), only: basename(full) };
}

interface BatchPlan {
  readonly root: string;
  readonly size: number;
  readonly maxFileBytes: number;
}

function batchesOf(files: readonly string[], { root, size, maxFileBytes }: BatchPlan): Batch[] {
  const batches: Batch[] = [];
  for (let at = 0; at < files.length; at += size)
    batches.push({ root, files: files.slice(at, at + size), maxFileBytes });
  return batches;
}
