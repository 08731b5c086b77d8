import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

/**
 * Writes all of a directory to the new file `archive`, a gzipped tar in which everything lies below `name`; resolves when it
 * is on disk. Links are stored as links and not followed; sockets, pipes and devices are left out. Streams: memory does not
 * grow with what there is.
 */
export async function writeArchive(directory: string, name: string, archive: string): Promise<void> {
  // Loaded when it is needed: most processes archive nothing.
  const { packTar } = await import("modern-tar/fs");
  const files = packTar([{ type: "directory", source: directory, target: name }]);
  await pipeline(files, createGzip(), createWriteStream(archive, { flags: "wx", flush: true }));
}
