import { existsSync } from "node:fs";
import { isObject, type JsonObject, replaceFile } from "@orch/core";
import { readResourceFile } from "./resources-file.ts";

/**
 * Puts an entry into a file of resources, as somebody would write it by hand, in place of what has its id; all else in the
 * file stays as it is. Makes the file where there is none. The entry is not checked. Throws STORAGE_ERROR.
 */
export function putResourceEntry(path: string, id: string, entry: JsonObject): void {
  const content = existsSync(path) ? readResourceFile(path) : { resources: {} };
  write(path, content, new Map(Object.entries(content.resources)).set(id, entry));
}

/** Takes an entry out of a file of resources; false when it has none of this id. Throws STORAGE_ERROR. */
export function deleteResourceEntry(path: string, id: string): boolean {
  if (!existsSync(path)) return false;
  const content = readResourceFile(path);
  const entries = new Map(Object.entries(content.resources));
  if (!entries.delete(id)) return false;
  write(path, content, entries);
  return true;
}

/** The entry of an id in a file of resources, as it is written there; null for none. Throws STORAGE_ERROR. */
export function readResourceEntry(path: string, id: string): JsonObject | null {
  if (!existsSync(path)) return null;
  const entry = new Map(Object.entries(readResourceFile(path).resources)).get(id);
  return isObject(entry) ? (entry as JsonObject) : null;
}

function write(path: string, content: object, entries: ReadonlyMap<string, unknown>): void {
  const text = JSON.stringify({ ...content, resources: Object.fromEntries(entries) }, null, 2);
  replaceFile(path, `${text}\n`);
}
