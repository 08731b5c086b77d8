import { memoryStore } from "@orch/core";
import { ManualClock } from "@orch/core/testing";
import { type ProcessProbe, TaskRuntime } from "@orch/tasks";
import { expect, it } from "vitest";
import { isGone } from "./take-over.ts";

const self = { pid: 1, startTime: null, bootId: null, pidNamespace: null };
const probe: ProcessProbe = { self, liveness: () => "unknown" };
const record = { pid: 2, start_time: null, boot_id: null, pid_namespace: null, beat: 7, fenced: false };

it.each<[string, object | null, boolean]>([
  ["gave a sign of life", { ...record, beat: 8 }, false],
  ["gave none", record, true],
  ["has taken its record away", null, true],
])(
  "an owner of which nothing else is known, and who %s meanwhile, is gone or not",
  async (_name, later, gone) => {
    const [store, clock] = [memoryStore(), new ManualClock()];
    store.transact((tx) => tx.put("instances/other", record));
    const asked = isGone("other", new TaskRuntime({ store, clock, probe }));
    store.transact((tx) =>
      later === null ? tx.delete("instances/other") : tx.put("instances/other", later as never),
    );
    clock.advance(60_000);
    expect(await asked).toBe(gone);
  },
);
