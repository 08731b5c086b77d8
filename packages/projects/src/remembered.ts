import type { StoreReader, StoreTransaction } from "@orch/core";
import { z } from "zod";

const PREFIX = "projects/";
const schema = z.object({ path: z.string() });

/** The directories of projects that lie elsewhere than in the directory of projects, by the name that they were made with. */
export function rememberedPaths(store: StoreReader): ReadonlyMap<string, string> {
  return new Map(
    store.list(PREFIX).flatMap(([key, value]) => {
      const parsed = schema.safeParse(value);
      return parsed.success ? [[key.slice(PREFIX.length), parsed.data.path] as const] : [];
    }),
  );
}

/** Remembers where a project is. */
export const rememberPath = (tx: StoreTransaction, name: string, path: string): void =>
  tx.put(`${PREFIX}${name}`, { path });

/** Forgets it, and whatever else was remembered of the same directory. */
export function forgetPath(tx: StoreTransaction, name: string, path: string | null): void {
  for (const [other, at] of rememberedPaths(tx))
    if (other === name || at === path) tx.delete(`${PREFIX}${other}`);
}
