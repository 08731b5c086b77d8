import { lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** What is being made, and what is being removed, has a name beginning so: nobody takes it for a project. */
export const UNFINISHED = { made: ".orch-new-", removed: ".orch-gone-" } as const;

/** Nobody works on anything for longer than this without a change to be seen: an hour, in milliseconds. */
const STALE_MS = 3_600_000;

/** Removes what processes have left in a directory that were killed while they made or removed something there. */
export function removeLeftovers(directory: string, nowMs: number): void {
  for (const name of namesIn(directory)) {
    if (!Object.values(UNFINISHED).some((prefix) => name.startsWith(prefix))) continue;
    const path = join(directory, name);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found && nowMs - Math.max(found.mtimeMs, found.ctimeMs) > STALE_MS) remove(path);
  }
}

/** Removes a file or a directory with all that is in it; what cannot be removed stays. */
export function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // The next one who comes by tries again.
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
