import { sleep } from "@orch/core";
import { instanceLiveness, isDying, readInstance } from "./instance.ts";
import type { TaskRuntime } from "./task-runtime.ts";

/** An instance of which nothing can be known counts as gone after this long without a sign of life. */
const LEASE_MS = 4000;

/** How often, and after how long each time, it is looked whether what a dead process has left has ended. */
const MOST_LOOKS = 50;
const LOOK_MS = 20;

/** Whether the process of an instance is gone, with all that its attempts had started. Takes 4 s where only its sign of life can tell. */
export async function isGone(
  instance: string,
  { store, clock, probe }: Pick<TaskRuntime, "store" | "clock" | "probe">,
): Promise<boolean> {
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    const found = readInstance(instance, store);
    if (found === null || !isDying(found, probe)) break;
    await sleep(LOOK_MS, { clock });
  }
  const record = readInstance(instance, store);
  const liveness = instanceLiveness(record, probe);
  if (liveness !== "unknown") return liveness === "dead";
  // Watched on our own clock: those of two machines cannot be compared.
  await sleep(LEASE_MS, { clock });
  const later = readInstance(instance, store);
  return later === null || later.fenced || later.beat === record?.beat;
}
