import { sleep } from "@orch/core";
import { instanceLiveness, readInstance } from "./instance.ts";
import type { TaskRuntime } from "./task-runtime.ts";

/** An instance of which nothing can be known counts as gone after this long without a sign of life. */
const LEASE_MS = 4000;

/** Whether the process of an instance is gone. Takes 4 s where only its sign of life can tell. */
export async function isGone(
  instance: string,
  { store, clock, probe }: Pick<TaskRuntime, "store" | "clock" | "probe">,
): Promise<boolean> {
  const record = readInstance(instance, store);
  const liveness = instanceLiveness(record, probe);
  if (liveness !== "unknown") return liveness === "dead";
  // Watched on our own clock: those of two machines cannot be compared.
  await sleep(LEASE_MS, { clock });
  const later = readInstance(instance, store);
  return later === null || later.fenced || later.beat === record?.beat;
}
