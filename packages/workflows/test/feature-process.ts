import { type JsonObject, type Store, sleep } from "@orch/core";
import { ManualClock } from "@orch/core/testing";
import type { ActionContext } from "@orch/tasks";
import { type FeaturePlan, featureSteps } from "./feature-plan.ts";
import { aManager, probeOf, settle } from "./rig.ts";

/** What the actions find: whether what is to fail fails. */
export interface World {
  isBroken: boolean;
}

/** A process of its own that can run a plan; `did` is what its actions and undos did as long as it lived. */
export function aProcess(pid: number, store: Store, world: World, isDead = () => false) {
  const clock = new ManualClock(1_767_225_600_000 + pid * 1000);
  let ids = 0;
  const idGenerator = () => (pid === 1 && ids === 0 ? `run${ids++ || ""}` : `id${pid}-${ids++}`);
  const made = aManager({ store, clock, probe: probeOf(pid), idGenerator });
  const did: string[] = [];
  const takes = (ms: number, { idempotencyKey, signal }: ActionContext) => {
    if (!isDead()) did.push(idempotencyKey);
    return sleep(ms, { clock, signal });
  };
  made.modules.registerModule("it", {
    act: async ({ fails, got = "done" }, context) => {
      await takes(10, context);
      if (fails === true && world.isBroken) throw new Error("boom!");
      return got;
    },
    late: async (_, context) => {
      await takes(world.isBroken ? 30_000 : 10, context);
      return "done";
    },
    undo: async (_, context) => {
      await takes(15, context);
      return null;
    },
  });
  return { ...made, did };
}

/** Makes the plan known to a process, and the workflows that it runs. */
export function define({ manager }: ReturnType<typeof aProcess>, plan: FeaturePlan): void {
  const two = (after: JsonObject): JsonObject[] => [
    { name: "inner", module: "it", action: "act", max_retries: 0, undo: { module: "it", action: "undo" } },
    { name: "after", module: "it", max_retries: 0, dependencies: ["inner"], ...after },
  ];
  manager.createWorkflow("inner", two({ action: "act" }));
  manager.createWorkflow("broken", two({ action: "act", parameters: { fails: true } }));
  manager.createWorkflow("late", two({ action: "late" }));
  const [{ undo: _, ...first } = {}, after = {}] = two({ action: "act" });
  manager.createWorkflow("idle", [{ ...first, action: "late" }, after]);
  manager.createWorkflow("plan", featureSteps(plan), { on_failure: plan.onFailure });
}

/** Moves the clock on until no execution is left, also of those that were inside of one that has ended. */
export async function untilIdle({ store, clock }: Pick<ReturnType<typeof aProcess>, "store" | "clock">) {
  for (let turn = 0; turn < 1000; turn++) {
    await settle();
    if (store.list("active/").length === 0) return;
    clock.advanceToNext();
  }
  throw new Error("An execution is left behind");
}
