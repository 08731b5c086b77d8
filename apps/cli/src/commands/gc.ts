import { existsSync } from "node:fs";
import { cleanText } from "@orch/core/base";
import { countBlobs } from "@orch/core/state-care";
import type { Swept } from "@orch/engine";
import { count } from "../count.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { tellResult } from "../tell-result.ts";
import type { Terminal } from "../terminal.ts";

const NOUNS = {
  executions: "execution",
  tasks: "task",
  dead_letters: "dead letter",
  closed_sessions: "closed session",
} as const satisfies Record<keyof Swept, string>;

/** Deletes what is kept for longer than the settings say, now, and says what went. */
export async function collectGarbage(options: GlobalOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, (text) => terminal.err(cleanText(text)));
  const { stateDir } = engine.config;
  const before = countBlobs(stateDir);
  const leases = engine.resourceManager.cleanupExpiredAllocations();
  const swept = existsSync(stateDir) ? await engine.sweep() : null;
  // Large values that nothing names any more go when the store is closed.
  await engine.shutdown({ keepSessions: true });
  const blobs = Math.max(0, before - countBlobs(stateDir));
  const gone = { ...swept, expired_leases: leases, large_values: blobs };
  const parts = [
    ...Object.entries(NOUNS).map(([name, noun]) => [swept?.[name as keyof Swept] ?? 0, noun] as const),
    [leases, "lease that was over"] as const,
    [blobs, "large value"] as const,
  ].filter(([many]) => many > 0);
  const text = parts.map(([many, noun]) => count(many, noun)).join(", ");
  return tellResult(
    { deleted: gone },
    text === "" ? "Nothing was to go" : `Deleted ${text}`,
    options,
    terminal,
  );
}
