import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";
import type { Cause } from "./cause.ts";
import type { TaskInit } from "./task.ts";

const lock = (identifier: string, mode: "read" | "write") => ({ type: "lock" as const, identifier, mode });
const cpu = (amount: number) => ({ type: "cpu" as const, amount });

/** What a task needs: kept few, so that many wait for the same. */
const inits: fc.Arbitrary<Partial<TaskInit>> = fc.record({
  resources: fc.constantFrom(
    [],
    [lock("f", "read")],
    [lock("f", "write")],
    [lock("g", "write")],
    [lock("f", "write"), lock("g", "write")],
    [cpu(3)],
    [cpu(5)],
    [cpu(8), lock("f", "read")],
  ),
  sessionId: fc.constantFrom(null, null, "s", "z"),
  priority: fc.constantFrom("normal", "normal", "normal", "high", "low"),
});

const worlds = fc.record({
  options: fc.record({
    mode: fc.constantFrom("resource_aware", "resource_aware", "priority", "sequential"),
    maxWorkers: fc.constantFrom(1, 2, 3, 9),
    maxPerSession: fc.constantFrom(1, 2, 9),
  }),
  inits: fc.array(inits, { minLength: 3, maxLength: 9 }),
});
type World = typeof worlds extends fc.Arbitrary<infer Of> ? Of : never;

/** All tasks have come one after the other; what started runs. */
async function rigOf({ options, inits: all }: World) {
  const rig = new OrchestratorRig(options);
  for (const [n, init] of all.entries()) {
    rig.orchestrator.submitTask(rig.task("slow", { id: `t${n}`, name: `t${n}`, ...init }));
    await rig.settle();
  }
  const end = (name: string) => {
    const at = rig.calls.findIndex((call) => call.name === name);
    if (at >= 0) rig.calls.splice(at, 1)[0]?.resolve();
  };
  return { rig, end, causes: (id: string) => rig.orchestrator.why(id)?.causes ?? [] };
}

type Rigged = Awaited<ReturnType<typeof rigOf>>;

const nextOf = (causes: readonly Cause[]): string | null =>
  causes.flatMap((cause) => (cause.reason === "priority" ? cause.next : []))[0] ?? null;

/** Cancels who goes first, one after the other, until nobody does; those in whose place others come count, too. */
async function clearTheWay({ rig, causes }: Rigged, id: string) {
  for (let next = nextOf(causes(id)); next !== null; next = nextOf(causes(id))) {
    rig.orchestrator.cancelTask(next);
    await rig.settle();
    if (rig.called.includes(id)) return;
  }
}

/**
 * Those whose end takes the other causes away: who holds what is short, and one for a worker and one for a place in the
 * group. Null where such a one would give back something else too, so that it is left open who comes next.
 */
function holdersOf({ rig, causes }: Rigged, id: string, all: World["inits"]): Set<string> | null {
  const runs = rig.calls.map(({ name }) => String(name));
  const found = causes(id);
  const holders = new Set(
    found.flatMap((cause) =>
      cause.reason === "resources"
        ? cause.lacks.flatMap((lack) => lack.held_by.map((one) => one.user_id))
        : [],
    ),
  );
  const initOf = (name: string) => all[Number(name.slice(1))];
  for (const cause of found) {
    if (cause.reason !== "group" && cause.reason !== "workers") continue;
    const group = cause.reason === "group" && cause.group !== "sequential" ? cause.group : null;
    const those = runs.filter((name) => group === null || initOf(name)?.sessionId === group);
    if (those.some((name) => holders.has(name))) continue;
    const plain = those.find(
      (name) => initOf(name)?.resources?.length === 0 && (initOf(name)?.sessionId ?? null) === group,
    );
    const one = those.length === 1 ? those[0] : plain;
    if (one === undefined) return null;
    holders.add(one);
  }
  return holders;
}

describe("why, in random worlds", () => {
  it("names causes without which the task starts", async () => {
    await fc.assert(
      fc.asyncProperty(worlds, fc.nat(8), async (world, at) => {
        const rigged = await rigOf(world);
        const id = `t${at % world.inits.length}`;
        if (!rigged.rig.called.includes(id)) {
          expect(rigged.causes(id)).not.toEqual([]);
          await clearTheWay(rigged, id);
          if (!rigged.rig.called.includes(id)) {
            const { causes } = rigged;
            const told = causes(id);
            for (const cause of told)
              if (cause.reason === "order") rigged.rig.orchestrator.cancelTask(cause.task_id);
            const holders = holdersOf(rigged, id, world.inits);
            for (const name of holders ?? []) rigged.end(name);
            await rigged.rig.settle();
            if (holders !== null) expect(rigged.rig.called, JSON.stringify(told)).toContain(id);
          }
        }
        await rigged.rig.finishAll();
      }),
      { numRuns: 200 },
    );
  });

  it("names nobody as going first whom the task passes", async () => {
    await fc.assert(
      fc.asyncProperty(worlds, fc.nat(8), async (world, at) => {
        const rigged = await rigOf(world);
        const id = `t${at % world.inits.length}`;
        const told = rigged.causes(id);
        // Who holds up an order may start by the same end, and let others pass.
        const isOpen = told.some(({ reason }) => reason === "order");
        if (nextOf(told) !== null && !isOpen && !rigged.rig.called.includes(id)) {
          const holders = holdersOf(rigged, id, world.inits);
          for (const name of holders ?? []) rigged.end(name);
          await rigged.rig.settle();
          expect(rigged.rig.called, JSON.stringify(told)).not.toContain(id);
        }
        await rigged.rig.finishAll();
      }),
      { numRuns: 200 },
    );
  });
});
