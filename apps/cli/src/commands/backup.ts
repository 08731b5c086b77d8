import { join } from "node:path";
import { systemClock, toIso } from "@orch/core";
import { cleanText } from "@orch/core/base";
import { backupState } from "@orch/core/state-care";
import { loadConfig } from "@orch/engine";
import { count } from "../count.ts";
import type { GlobalOptions } from "../options.ts";
import { tellResult } from "../tell-result.ts";
import type { Terminal } from "../terminal.ts";

/** Copies the state as of now, while others write, and checks the copy. Writes over nothing. */
export async function backup(
  file: string | undefined,
  options: GlobalOptions,
  terminal: Terminal,
): Promise<number> {
  const { stateDir } = loadConfig({ baseDir: options.baseDir, configFile: options.config });
  const made = backupState(stateDir, file ?? join(stateDir, "backups", `${nameOfNow()}.db`));
  const { blobCount, bytes } = made;
  const blobs = blobCount === 0 ? null : made.blobs;
  const restore = [
    `While nothing runs, put it in place of ${join(stateDir, "state.db")}, and remove state.db-wal and state.db-shm beside that.`,
    ...(blobs === null ? [] : [`Copy what is in ${blobs} into ${join(stateDir, "blobs")}.`]),
  ];
  const lines = [
    `Backed up to ${cleanText(made.file)}`,
    `  ${bytes} bytes${blobs === null ? "" : `, and ${count(blobCount, "large value")} in ${cleanText(blobs)}`}; checked`,
    ...restore.map((line) => `  ${cleanText(line)}`),
  ];
  const result = { file: made.file, blobs, bytes, blob_count: blobCount, suggestions: restore };
  return tellResult(result, lines.join("\n"), options, terminal);
}

/** `2026-11-22T08-52-15.123Z`: sorts by time, and no file system minds it. */
const nameOfNow = (): string => toIso(systemClock.now()).replaceAll(":", "-").replace("+00-00", "Z");
