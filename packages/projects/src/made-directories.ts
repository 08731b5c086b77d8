import { existsSync, rmdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { makeDirectory } from "@orch/core";

/** Makes a directory and those above it; returns what removes those again that it made, as far as nothing lies in them. */
export function makeDirectories(path: string): () => void {
  const missing: string[] = [];
  for (let at = resolve(path); !existsSync(at) && dirname(at) !== at; at = dirname(at)) missing.push(at);
  const undo = () => {
    for (const directory of missing) removeEmpty(directory);
  };
  try {
    makeDirectory(path);
  } catch (error) {
    undo();
    throw error;
  }
  return undo;
}

function removeEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // Somebody else's is in it by now, or it was never made.
  }
}
