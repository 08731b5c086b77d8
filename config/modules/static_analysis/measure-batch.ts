import { join } from "node:path";
import { addFile, addSkipped } from "./add-file.ts";
import { measureFile } from "./measure-file.ts";
import { readSource } from "./read-source.ts";
import { emptyTally, type Tally, trimTally } from "./tally.ts";

/** Some files of a tree. Plain data, so that it can cross threads. */
export interface Batch {
  /** Absolute path that `files` start from. */
  readonly root: string;
  /** Paths from the root, with `/`. */
  readonly files: readonly string[];
  readonly maxFileBytes: number;
}

/** Reads and measures the files of a batch, one at a time: one text and one tree are in memory at once. */
export function measureBatch({ root, files, maxFileBytes }: Batch): Tally {
  const tally = emptyTally();
  for (const file of files) {
    const source = readSource(join(root, file), maxFileBytes);
    if (!source.ok) {
      const { reason, detail } = source;
      addSkipped(tally, { file, reason, ...(detail === undefined ? {} : { detail }) });
      continue;
    }
    const { tooDeep, ...facts } = measureFile({ file, text: source.text, bytes: source.bytes });
    if (tooDeep) tally.tooDeep++;
    addFile(tally, facts);
  }
  trimTally(tally);
  return tally;
}
