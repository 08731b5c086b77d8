import { expect, it } from "vitest";
import { diskFull, faultyStore, locked } from "../test/faulty-store.ts";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";
import type { ProcessProbe } from "./process-identity.ts";

const identity = (pid: number) => ({ pid, startTime: "1", bootId: "boot", pidNamespace: "pid" });

/** The error of a loop whose store refuses for more than five seconds; others work on the store, by their pids. */
async function refused(
  refusal: ReturnType<typeof locked>,
  pids: readonly number[],
  stopped: readonly number[],
) {
  const store = faultyStore();
  for (const pid of pids)
    store.transact((tx) =>
      tx.put(`instances/i${pid}`, {
        pid,
        start_time: "1",
        boot_id: "boot",
        pid_namespace: "pid",
        beat: 0,
        fenced: false,
      }),
    );
  const probe: ProcessProbe = {
    self: identity(1),
    liveness: ({ pid }) => (pid === 99 ? "dead" : "alive"),
    isStopped: (pid) => stopped.includes(pid),
  };
  const { orchestrator, clock, ...rig } = new OrchestratorRig({ store, probe });
  store.always = refusal;
  const end = orchestrator.executeTask({ module: "rec", action: "ok" }).catch((error: unknown) => error);
  expect(rig.called).toEqual([]);
  for (let steps = 0; steps < 100 && !orchestrator.runtime.error; steps++) {
    orchestrator.runtime.tick();
    clock.advance(100);
  }
  return end;
}

it("names the processes that may hold a lock for too long, those that are stopped alone", async () => {
  expect(await refused(locked(), [76, 77, 99], [77])).toMatchObject({
    code: "STORE_LOCKED",
    message: "written by another process, for more than five seconds; it may be process 77, which is stopped",
    details: {
      holders: [
        { instance: "i77", pid: 77, stopped: true },
        { instance: "i76", pid: 76, stopped: false },
      ],
    },
    suggestions: [expect.stringContaining("kill -CONT 77")],
  });
});

it("names all that live when none is stopped, and nobody where nobody is known or the lock is not what is wrong", async () => {
  const message = (error: unknown) => (error instanceof Error ? error.message : "");
  expect(message(await refused(locked(), [76, 77, 99], []))).toMatch(/it may be process 76, 77$/);
  expect(message(await refused(locked(), [99], []))).toBe("written by another process");
  expect(message(await refused(diskFull(), [77], [77]))).toBe("the disk is full");
});
