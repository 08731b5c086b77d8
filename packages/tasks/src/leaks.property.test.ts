import fc from "fast-check";
import { expect, it } from "vitest";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";
import { SharedDisk } from "../test/shared-disk.ts";
import { isTerminalStatus } from "./task-status.ts";

const LOCK = { type: "lock", identifier: "l" } as const;
const task = fc.record({
  action: fc.constantFrom("ok" as const, "bad" as const, "slow" as const),
  cores: fc.constantFrom(0, 1, 3, 8, 9),
  mode: fc.constantFrom(null, "read" as const, "write" as const, "exclusive" as const),
  waits: fc.constantFrom(null, 50),
  timeoutMs: fc.constantFrom(null, null, 40),
  maxRetries: fc.constantFrom(0, 1),
  key: fc.constantFrom(null, "k"),
  session: fc.constantFrom(null, "s"),
  cache: fc.boolean(),
});
const step = fc.oneof(
  fc.record({ do: fc.constant("submit" as const), task }),
  fc.record({ do: fc.constant("cancel" as const), at: fc.nat() }),
  fc.record({ do: fc.constant("finish" as const), well: fc.boolean() }),
  fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(1, 30, 1000) }),
  fc.record({ do: fc.constant("die" as const) }),
);

/** A process that goes on with what the one before it left. */
async function start(disk: SharedDisk) {
  const process = disk.start();
  const rig = new OrchestratorRig({ ...process, maxPerSession: 2, maxPerKey: 2, maxWorkers: 3 });
  rig.orchestrator.startExecution();
  rig.orchestrator.recover().catch(() => {});
  await rig.settle();
  return { process, rig };
}

it("holds nothing when all has ended, whatever was cancelled, timed out, retried, cached or lost with its process", async () => {
  const reached = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
      const disk = new SharedDisk();
      let { process, rig } = await start(disk);
      const ids: string[] = [];
      for (const each of steps) {
        if (each.do === "submit") {
          const { action, cores, mode, waits, timeoutMs, maxRetries, key, session, cache } = each.task;
          const cpu = cores === 0 ? [] : [{ type: "cpu" as const, amount: cores, timeoutMs: waits }];
          const lock = mode === null ? [] : [{ ...LOCK, mode, timeoutMs: waits }];
          const rest = {
            timeoutMs,
            maxRetries,
            retryDelayMs: 20,
            concurrencyKey: key,
            sessionId: session,
            cache,
          };
          ids.push(
            rig.orchestrator.submitTask(
              rig.task(action, { name: "n", resources: [...cpu, ...lock], ...rest }),
            ),
          );
        } else if (each.do === "cancel")
          rig.orchestrator.cancelTask(ids[each.at % Math.max(1, ids.length)] ?? "");
        else if (each.do === "wait") rig.clock.advance(each.ms);
        else if (each.do === "finish") {
          const call = rig.calls.shift();
          if (each.well) call?.resolve(1);
          else call?.reject(new Error("no"));
        } else {
          await rig.settle();
          process.die();
          ({ process, rig } = await start(disk));
        }
        await rig.settle();
        expect(rig.used).toBeLessThanOrEqual(8);
      }
      // Everything comes to an end.
      for (let round = 0; round < 60; round++) {
        rig.calls.shift()?.resolve(1);
        rig.clock.advance(300);
        await rig.settle();
      }
      for (const id of ids) {
        const status = rig.orchestrator.getTaskStatus(id) ?? "lost";
        reached.add(status);
        expect(
          isTerminalStatus(status),
          `${id} is ${status}: ${JSON.stringify(rig.orchestrator.why(id))}`,
        ).toBe(true);
      }
      // There is room for one that wants everything, and nothing is held behind it.
      const lock = { ...LOCK, mode: "exclusive" as const };
      const all = rig.task("ok", { resources: [{ type: "cpu", amount: 8 }, lock] });
      rig.orchestrator.submitTask(all);
      for (let round = 0; round < 4; round++) {
        await rig.settle();
        rig.clock.advance(250);
      }
      expect(all.status).toBe("completed");
      const { ledger, orchestrator } = rig;
      expect(
        [rig.used, ...ledger.ids().map((id) => ledger.partsOf(id).length)].filter((held) => held > 0),
      ).toEqual([]);
      expect([ledger.partsOf("l"), orchestrator.runtime.running, orchestrator.runtime.idle]).toEqual([
        [],
        0,
        true,
      ]);
      for (const rows of ["backlog/", "marks/", "usage/"]) expect(disk.records.list(rows)).toEqual([]);
      await orchestrator.close();
      expect(rig.clock.pending).toBe(0);
    }),
    { numRuns: 150 },
  );
  expect([...reached].toSorted()).toEqual(["cancelled", "completed", "failed", "timeout"]);
});
