import { createHash } from "node:crypto";
import { canonicalJson, type JsonObject } from "@orch/core";

/** How long a cached result is used again unless something else is said: 24 hours, milliseconds. */
export const CACHE_TTL_MS = 86_400_000;

/** That the result of a task is cached, and how. */
export interface CacheRule {
  /** How old a result may be that is used, and how long its own may be used again, milliseconds. */
  readonly ttlMs: number;
  /** Whether a result that is there is used; without it the action is called and its result replaces the old one. @default true */
  readonly read?: boolean;
  /** The results of all direct dependencies, each under a key of its own: part of the key. Called when an attempt starts. */
  dependencies(): JsonObject;
}

/** What a result depends on. */
interface CacheSource {
  readonly module: string;
  readonly action: string;
  /** Of the action's definition, or null: changed when the same input gives another output. */
  readonly version: string | null;
  readonly parameters: JsonObject;
  /** Results of the dependencies, each under a key of its own. */
  readonly dependencies: JsonObject;
}

/** The key of a result: the same for the same source, whatever the order of keys in its objects. 64 hex digits. O(size). */
export function cacheKey({ module, action, version, parameters, dependencies }: CacheSource): string {
  const results = Object.entries(dependencies).map(([name, value]) => [name, hash(canonicalJson(value))]);
  const source = { module, action, version, parameters, dependencies: Object.fromEntries(results) };
  return hash(canonicalJson(source));
}

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
