import { type JsonObject, memoryStore } from "@orch/core";
import { describe, expect, it } from "vitest";
import { aManager, drive, probeOf, settle } from "./rig.ts";

const give = (name: string, value: unknown, rest: JsonObject = {}): JsonObject => ({
  name,
  module: "rec",
  action: "give",
  parameters: { value: value as string },
  max_retries: 0,
  ...rest,
});
const boom = (name: string, rest: JsonObject = {}): JsonObject => ({
  ...give(name, null, rest),
  action: "boom",
});

/** `a → b → c`, and `d` apart, whose last step fails. */
async function failed() {
  const made = aManager();
  const { manager, clock } = made;
  manager.createWorkflow("w", [
    give("a", 1),
    give("b", "{{a.output}}"),
    boom("c", { dependencies: ["b"] }),
    give("d", 4),
  ]);
  const { executionId: id } = await drive(manager.executeWorkflow("w"), clock);
  made.calls.length = 0;
  const ran = () => made.calls.map(({ step }) => step).toSorted();
  const goOn = async (options: Parameters<typeof manager.resumeExecution>[1]) => {
    await drive(manager.resumeExecution(id, options), clock);
    return drive(manager.waitForExecution(id), clock);
  };
  return { ...made, id, ran, goOn };
}

describe("going on with an execution", () => {
  it("is planned without running anything", async () => {
    const { manager, id, ran, store } = await failed();
    const before = JSON.stringify(store.list("steps/"));
    expect(manager.planResume(id).map(({ step, action, reason }) => [step, action, reason])).toEqual([
      ["a", "reuse", "it has completed"],
      ["b", "reuse", "it has completed"],
      ["c", "rerun", "it failed"],
      ["d", "reuse", "it has completed"],
    ]);
    expect(() => manager.planResume(id, { from: "cc" })).toThrow(
      expect.objectContaining({
        code: "INVALID_PARAMETERS",
        suggestions: ["Did you mean 'c'?", "Its steps: a, b, c, d."],
      }),
    );
    expect(() => manager.planResume("nobody")).toThrow(
      expect.objectContaining({ code: "EXECUTION_NOT_FOUND" }),
    );
    expect(ran()).toEqual([]);
    expect(JSON.stringify(store.list("steps/"))).toBe(before);
  });

  it("from a step runs that step and all that depends on it again", async () => {
    const { manager, id, ran, goOn } = await failed();
    expect(manager.planResume(id, { from: "b" }).map(({ action }) => action)).toEqual([
      "reuse",
      "rerun",
      "rerun",
      "reuse",
    ]);
    await goOn({ from: "b" });
    expect(ran()).toEqual(["b", "c"]);
  });

  it("of a completed execution is possible from a step", async () => {
    const { manager, clock, calls } = aManager();
    manager.createWorkflow("w", [give("a", 1), give("b", "{{a.output}}")]);
    const { executionId: id } = await drive(manager.executeWorkflow("w"), clock);
    await expect(manager.resumeExecution(id)).rejects.toMatchObject({ code: "INVALID_STATE" });
    await drive(manager.resumeExecution(id, { from: "b" }), clock);
    expect(await drive(manager.waitForExecution(id), clock)).toMatchObject({
      status: "completed",
      result: { a: 1, b: 1 },
    });
    expect(calls.map(({ step, attempt }) => `${step}${attempt}`)).toEqual(["a1", "b1", "b2"]);
  });

  it("after an edit reuses what is the same, and says what is new, removed and run again", async () => {
    const { manager, id, ran, goOn } = await failed();
    manager.createWorkflow("w", [
      give("a", 1, { timeout: 60, description: "Only said differently" }),
      give("b", "{{a.output}}!"),
      give("c", "{{b.output}}"),
      give("e", 5),
    ]);
    expect(
      manager.planResume(id, { edited: true }).map(({ step, action, reason }) => [step, action, reason]),
    ).toEqual([
      ["a", "reuse", "it has completed"],
      ["b", "rerun", "its parameters changed"],
      ["c", "rerun", "its action, parameters changed"],
      ["e", "new", "it was added"],
      ["d", "removed", "it was removed"],
    ]);
    expect(await goOn({ edited: true })).toMatchObject({
      status: "completed",
      result: { a: 1, b: "1!", c: "1!", e: 5 },
    });
    expect(ran()).toEqual(["b", "c", "e"]);
    expect(manager.definitionOf(id)?.steps.map(({ name }) => name)).toEqual(["a", "b", "c", "e"]);
  });

  it("gives a parameter that nobody gave the default of now, and runs again what refers to it", async () => {
    const { manager, clock, calls } = aManager();
    const define = (limit: number, name: string) =>
      manager.createWorkflow(
        "w",
        [
          give("a", "{{limit}}"),
          give("b", "{{a.output}}"),
          give("c", 1, { run_if: "params.limit > 5", required: false }),
          give("d", "{{name}}"),
          give("e", "{{list}}", { undo: { action: "ok", parameters: { limit: "{{limit}}" } } }),
        ],
        {
          parameters: {
            limit: { type: "integer", default: limit },
            name: { type: "string", default: name },
            list: { type: "array", default: [1] },
          },
        },
      );
    define(1, "old");
    const { executionId: id } = await drive(manager.executeWorkflow("w", { name: "mine" }), clock);
    define(10, "new");
    calls.length = 0;
    const changed = "parameter 'limit' has another default";
    expect(
      manager.planResume(id, { edited: true }).map(({ step, action, reason }) => [step, action, reason]),
    ).toEqual([
      ["a", "rerun", changed],
      ["b", "rerun", "step 'a' runs again"],
      ["c", "rerun", changed],
      ["d", "reuse", "it has completed"],
      ["e", "reuse", "it has completed"],
    ]);
    await drive(manager.resumeExecution(id, { edited: true }), clock);
    const execution = await drive(manager.waitForExecution(id), clock);
    expect(execution?.parameters).toEqual({ limit: 10, name: "mine", list: [1] });
    expect(execution?.result).toEqual({ a: 10, b: 10, c: 1, d: "mine", e: [1] });
    expect(calls.map(({ step }) => step).toSorted()).toEqual(["a", "b", "c"]);
  });

  it("keeps a default that is gone, and what was given as the default says", async () => {
    const { manager, clock } = aManager();
    const define = (parameters: JsonObject) =>
      manager.createWorkflow("w", [give("a", ["{{x}}", "{{y}}"])], { parameters });
    define({ x: { type: "integer", default: 1 }, y: { type: "integer", default: 2 } });
    const { executionId: id } = await drive(manager.executeWorkflow("w", { y: 2 }), clock);
    define({ x: { type: "integer", required: true }, y: { type: "integer", default: 7 } });
    expect(manager.planResume(id, { edited: true })).toMatchObject([{ action: "reuse" }]);
    define({ x: { type: "string", default: "a" }, y: { type: "string", default: "b" } });
    expect(() => manager.planResume(id, { edited: true })).toThrow(
      expect.objectContaining({ code: "INVALID_PARAMETERS" }),
    );
  });

  it("gives a parameter that an edit declares its default, and is refused where one is missing", async () => {
    const { manager, id, goOn } = await failed();
    manager.createWorkflow("w", [give("c", "{{n}}")], { parameters: { n: { type: "integer", default: 3 } } });
    expect(await goOn({ edited: true })).toMatchObject({ result: { c: 3 } });
    manager.createWorkflow("w", [give("c", "{{missing}}")]);
    await expect(goOn({ edited: true })).rejects.toMatchObject({ code: "WORKFLOW_UNRESOLVED_REFERENCE" });
    expect(manager.getExecution(id)).toMatchObject({ status: "completed", result: { c: 3 } });
  });

  it("does not take the old end of a step for the new one when it dies before the step has begun", async () => {
    const store = memoryStore();
    const first = aManager({ store, probe: probeOf(1) });
    first.manager.createWorkflow("w", [
      give("a", 1),
      { ...give("b", 2), action: "slow", parameters: { ms: 50 } },
      give("c", "{{b.output}}"),
    ]);
    const { executionId: id } = await drive(first.manager.executeWorkflow("w"), first.clock);
    const second = aManager({ store, clock: first.clock, probe: probeOf(2) });
    await drive(second.manager.resumeExecution(id, { from: "b" }), second.clock);
    await settle();
    const third = aManager({ store, clock: first.clock, probe: probeOf(3) });
    await drive(third.manager.recover(), third.clock);
    await drive(third.manager.waitForExecution(id), third.clock);
    expect(third.calls.map(({ step }) => step)).toEqual(["b", "c"]);
  });

  it("names the record that is missing, and runs the step again when it is asked to", async () => {
    const { manager, clock, store } = aManager();
    manager.createWorkflow("w", [give("big", "x".repeat(5000)), boom("b", { dependencies: ["big"] })]);
    const { executionId: id } = await drive(manager.executeWorkflow("w"), clock);
    store.transact((tx) => tx.delete(`results/${id}/big`));
    expect(() => manager.getExecution(id)).toThrow(
      expect.objectContaining({
        code: "STORE_CORRUPT",
        details: { execution_id: id, step: "big", key: `results/${id}/big` },
      }),
    );
    await expect(manager.resumeExecution(id)).rejects.toMatchObject({ code: "STORE_CORRUPT" });
    await drive(manager.resumeExecution(id, { from: "big" }), clock);
    await drive(manager.waitForExecution(id), clock);
    expect(manager.getExecution(id)?.results["big"]).toMatchObject({ status: "completed", attempts: 2 });
  });
});

describe("an execution whose process dies again and again", () => {
  it("is set aside after three recoveries without a step that ended, and goes on by hand", async () => {
    const store = memoryStore();
    const made = (pid: number) => aManager({ store, probe: probeOf(pid), idGenerator: () => "bad" });
    const first = made(1);
    first.manager.createWorkflow("w", [{ ...give("a", 1), action: "slow", parameters: { ms: 1000 } }]);
    await drive(first.manager.startWorkflow("w"), first.clock);
    await settle();
    for (let pid = 2; pid < 5; pid++) {
      const next = made(pid);
      expect(await drive(next.manager.recover(), next.clock)).toEqual({ resumed: ["bad"], failed: [] });
      await settle();
    }
    const last = made(5);
    expect(await drive(last.manager.recover(), last.clock)).toEqual({ resumed: [], failed: [] });
    expect(last.manager.getExecution("bad")).toMatchObject({
      status: "running",
      parked: { reason: "too_many_recoveries" },
    });
    await drive(last.manager.resumeExecution("bad"), last.clock);
    expect(await drive(last.manager.waitForExecution("bad"), last.clock)).toMatchObject({
      status: "completed",
    });
  });
});

describe("a step with a cache", () => {
  it("calls nothing for the same input, and says so", async () => {
    const { manager, clock, calls } = aManager();
    manager.createWorkflow("w", [
      give("a", "{{n}}", { cache: true }),
      give("b", ["{{a.output}}"], { cache: true }),
      give("never", 1, { cache: false }),
    ]);
    const run = (n: number) => drive(manager.executeWorkflow("w", { n }, { cache: true }), clock);
    const [first, second] = [await run(1), await run(1)];
    expect(second.result).toEqual(first.result);
    expect(second.results).toMatchObject({
      a: { cached: true },
      b: { cached: true },
      never: { cached: false },
    });
    await run(2);
    expect(calls.map(({ step }) => step).toSorted()).toEqual(["a", "a", "b", "b", "never", "never", "never"]);
  });
});
