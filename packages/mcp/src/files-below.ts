import { readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";

const MOST_FILES = 200;

/** The files below a directory as paths relative to it, sorted, with `/`; links are not followed. 200 at most. */
export function filesBelow(directory: string): string[] {
  const found: string[] = [];
  try {
    for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true }))
      if (entry.isFile())
        found.push(relative(directory, join(entry.parentPath, entry.name)).split(sep).join("/"));
  } catch {
    // It was taken away again.
  }
  return found.sort().slice(0, MOST_FILES);
}
