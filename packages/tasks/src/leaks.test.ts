import { systemClock } from "@orch/core";
import { ManualClock } from "@orch/core/testing";
import { Ledger } from "@orch/resources";
import { describe, expect, it } from "vitest";
import { modulesDir } from "../test/attempt.ts";
import { ModuleRegistry } from "./module-registry.ts";
import type { TaskInit } from "./task.ts";
import { TaskOrchestrator } from "./task-orchestrator.ts";

const resources = [
  { type: "cpu" as const, amount: 2 },
  { type: "memory" as const, identifier: "ram", mode: "write" as const, amount: 3 },
  { type: "file" as const, identifier: "a.txt", mode: "exclusive" as const },
];

/** An orchestrator over the fixtures, and what of its ledger is held. */
function aRig(clock = systemClock) {
  const ledger = new Ledger();
  ledger.define({ id: "cpu", type: "cpu", capacity: { cores: 4 } });
  ledger.define({ id: "ram", type: "memory", capacity: { gb: 4 } });
  const orchestrator = new TaskOrchestrator({
    clock,
    ledger,
    modules: new ModuleRegistry({ modulesDir }),
    random: () => 0,
  });
  const held = () => ["cpu", "ram", "a.txt"].map((id) => ledger.partsOf(id).length);
  return { orchestrator, held };
}

const isolations = [
  ["inline", "naughty"],
  ["worker", "apart"],
  ["process", "alone"],
] as const;
const started = (orchestrator: TaskOrchestrator) =>
  new Promise<void>((resolve) => orchestrator.events.on("task_started", () => resolve()));

describe.each(isolations)("with everything held %s", (isolation, module) => {
  const exits: [string, Partial<TaskInit>, string][] = [
    ["echo", {}, "completed"],
    ["throwUndefined", {}, "failed"],
    ["rejectLater", {}, "failed"],
    ["failOnce", { maxRetries: 1, retryDelayMs: 0 }, "completed"],
    ["throwText", { maxRetries: 2, retryDelayMs: 0 }, "failed"],
    ["returnCycle", {}, "failed"],
    ["noSuchAction", {}, "failed"],
    ...(isolation !== "inline"
      ? ([
          ["exit0", {}, "failed"],
          ["crash", {}, "failed"],
        ] as [string, object, string][])
      : []),
  ];

  it.each(exits)("nothing is held after %s", async (action, init, status) => {
    const { orchestrator, held } = aRig();
    const result = await orchestrator.executeTask({ module, action, resources, maxRetries: 0, ...init });
    expect([result.status, held()]).toEqual([status, [0, 0, 0]]);
    await orchestrator.close();
  });

  it.each(["cancel", "timeout"])("nothing is held after a %s, once the code has returned", async (how) => {
    const clock = new ManualClock();
    const { orchestrator, held } = aRig(clock);
    const begun = started(orchestrator);
    const result = orchestrator.executeTask({
      id: "it",
      module,
      action: "wait",
      resources,
      maxRetries: 0,
      timeoutMs: 1000,
    });
    await begun;
    expect(held()).toEqual([1, 1, 1]);
    if (how === "cancel") orchestrator.cancelTask("it");
    else clock.advance(1000);
    expect((await result).status).toBe(how === "cancel" ? "cancelled" : "timeout");
    // Behind it, all of the same resources: it starts when they have come back.
    expect((await orchestrator.executeTask({ module, action: "echo", resources })).status).toBe("completed");
    expect(held()).toEqual([0, 0, 0]);
    await orchestrator.close();
    expect(clock.pending).toBe(0);
  });

  it("nothing is held after everything was closed around it", async () => {
    const { orchestrator, held } = aRig();
    const begun = started(orchestrator);
    orchestrator.submitTask({ id: "it", module, action: "wait", resources, maxRetries: 0 });
    await begun;
    await orchestrator.close();
    expect([orchestrator.getTaskStatus("it"), held()]).toEqual(["running", [0, 0, 0]]);
  });

  it("nothing is held after it was stopped", async () => {
    const { orchestrator, held } = aRig();
    const begun = started(orchestrator);
    orchestrator.submitTask({ id: "it", module, action: "wait", resources, maxRetries: 0 });
    await begun;
    await orchestrator.stopExecution({ timeoutMs: 0 });
    expect([orchestrator.getTaskStatus("it"), held()]).toEqual(["cancelled", [0, 0, 0]]);
    await orchestrator.close();
  });
});

it("nothing is ever held for a demand that can never fit, or that waited too long", async () => {
  const clock = new ManualClock();
  const { orchestrator, held } = aRig(clock);
  const never = await orchestrator.executeTask({
    module: "naughty",
    action: "echo",
    resources: [{ type: "cpu", amount: 5 }],
  });
  expect([never.errorCode, held()]).toEqual(["RESOURCE_UNAVAILABLE", [0, 0, 0]]);
  const begun = started(orchestrator);
  const holder = orchestrator.executeTask({ id: "holder", module: "naughty", action: "wait", resources });
  await begun;
  const limited = resources.map((each) => ({ ...each, timeoutMs: 500 }));
  const late = orchestrator.executeTask({ module: "naughty", action: "echo", resources: limited });
  await new Promise(setImmediate);
  clock.advance(500);
  expect((await late).errorCode).toBe("RESOURCE_UNAVAILABLE");
  expect(held()).toEqual([1, 1, 1]);
  orchestrator.cancelTask("holder");
  await holder;
  await orchestrator.close();
  expect(held()).toEqual([0, 0, 0]);
});
