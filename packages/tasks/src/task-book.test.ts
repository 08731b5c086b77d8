import { type JsonValue, memoryStore, type Store } from "@orch/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";
import { Task } from "./task.ts";

/** Tasks with dependencies on those before them, in any order of submission. */
const plan = fc
  .array(
    fc.record({
      action: fc.constantFrom("ok" as const, "ok" as const, "bad" as const),
      goesOn: fc.boolean(),
      needs: fc.array(fc.nat(), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .chain((tasks) =>
    fc.tuple(fc.constant(tasks), fc.shuffledSubarray([...tasks.keys()], { minLength: tasks.length })),
  );

describe("TaskBook", () => {
  it("runs tasks after their dependencies in whatever order they were added, and skips as the policies say", async () => {
    await fc.assert(
      fc.asyncProperty(plan, async ([tasks, order]) => {
        const rig = new OrchestratorRig({ maxWorkers: 2 });
        const needs = tasks.map((each, at) =>
          at === 0 ? [] : [...new Set(each.needs.map((need) => need % at))],
        );
        for (const at of order) {
          const { action, goesOn } = tasks[at] ?? { action: "ok", goesOn: false };
          const dependencies = (needs[at] ?? []).map((need) => `id${need}`);
          const onDependencyFailure = goesOn ? "continue" : "skip";
          rig.orchestrator.submitTask(
            rig.task(action, { id: `id${at}`, name: `${at}`, dependencies, onDependencyFailure }),
          );
        }
        await rig.settle();
        // The naive answer, from the first task to the last.
        const expected: string[] = [];
        for (const [at, { action, goesOn }] of tasks.entries()) {
          const broken = (needs[at] ?? []).some((need) => expected[need] !== "completed");
          expected.push(broken && !goesOn ? "skipped" : action === "ok" ? "completed" : "failed");
        }
        expect(tasks.map((_, at) => rig.orchestrator.getTaskStatus(`id${at}`))).toEqual(expected);
        for (const [at, list] of needs.entries())
          for (const need of list)
            if (rig.called.includes(`${at}`) && rig.called.includes(`${need}`))
              expect(rig.called.indexOf(`${need}`)).toBeLessThan(rig.called.indexOf(`${at}`));
        expect(await rig.orchestrator.waitForCompletion()).toBe(true);
        await rig.orchestrator.close();
      }),
      { numRuns: 60 },
    );
  });

  it("names the root of a chain of skips", async () => {
    const rig = new OrchestratorRig();
    const first = rig.task("bad", { name: "root" });
    const second = rig.task("ok", { dependencies: [first.id] });
    const third = rig.task("ok", { dependencies: [second.id] });
    for (const task of [third, second, first]) rig.orchestrator.submitTask(task);
    await rig.settle();
    for (const task of [second, third])
      expect(task.result).toMatchObject({
        status: "skipped",
        errorCode: "DEPENDENCY_FAILED",
        errorMessage: expect.stringContaining("'root'"),
        attempts: 0,
      });
    expect(await rig.orchestrator.waitForCompletion()).toBe(true);
  });

  it("skips a chain of any length", async () => {
    const rig = new OrchestratorRig();
    for (let i = 1; i < 20_000; i++)
      rig.orchestrator.addTask(rig.task("ok", { id: `c${i}`, dependencies: [`c${i - 1}`] }));
    rig.orchestrator.submitTask(rig.task("bad", { id: "c0" }));
    await rig.settle();
    expect(rig.orchestrator.getExecutionStats()).toMatchObject({ failed: 1, skipped: 19_999 });
  });

  it("starts a dependent in the tick in which its dependency ended, after it", async () => {
    const rig = new OrchestratorRig();
    const first = rig.task("slow");
    const second = rig.task("ok", { dependencies: [first.id] });
    rig.orchestrator.submitTask(second);
    rig.orchestrator.submitTask(first);
    await rig.settle();
    expect(rig.statuses(first, second)).toEqual(["running", "blocked"]);
    rig.clock.advance(10);
    await rig.finish();
    expect(second.startedAt?.getTime()).toBe(first.completedAt?.getTime());
  });

  it("puts results in the place of placeholders, by id or name, whole or inside a text", async () => {
    const rig = new OrchestratorRig();
    const source = rig.task("ok", {
      id: "source-id",
      name: "source",
      parameters: { value: { list: [1, { deep: "x" }] } },
    });
    const value = [
      "${source.result.list}",
      "{{source-id.output.list[1].deep}} and ${source.result.list.0}",
      "{{other.result}}",
    ];
    const task = rig.task("ok", { dependencies: [source.id], parameters: { value } });
    rig.orchestrator.submitTask(source);
    rig.orchestrator.submitTask(task);
    await rig.settle();
    expect(task.result?.data).toEqual([[1, { deep: "x" }], "x and 1", "{{other.result}}"]);
  });

  it("takes ids and names with dots in placeholders, the longest there is", async () => {
    const rig = new OrchestratorRig();
    rig.modules.register("k", "src", ({ value }) => value);
    const submit = (id: string, value: JsonValue) =>
      rig.orchestrator.submitTask({ id, module: "k", action: "src", parameters: { value } });
    submit("a.b.c", "whole");
    rig.orchestrator.submitTask(rig.task("ok", { id: "x", name: "a", parameters: { value: { b: 1 } } }));
    rig.orchestrator.submitTask(
      rig.task("ok", { id: "y", name: "a.result.b", parameters: { value: { n: 2 } } }),
    );
    const value = [
      "${a.b.c.result}",
      "{{ k.src.output }}",
      "${a.result}",
      "at ${a.result.b.output.n}",
      "${a.result.b}",
      "${a.b.result}",
      "${constructor.result}",
    ];
    const task = rig.task("ok", { dependencies: ["a.b.c", "x", "y"], parameters: { value } });
    rig.orchestrator.submitTask(task);
    await rig.settle();
    const expected = ["whole", "whole", { b: 1 }, "at 2", 1, "${a.b.result}", "${constructor.result}"];
    expect(task.result?.data).toEqual(expected);
  });

  it("gives results of dependencies with one name by their ids, and no placeholder that name", async () => {
    const rig = new OrchestratorRig();
    const seen: unknown[] = [];
    rig.modules
      .register("k", "src", ({ value }) => value)
      .register("k", "look", (parameters, { results }) => void seen.push(results, parameters["value"]));
    const source = (id: string, name?: string) =>
      rig.orchestrator.submitTask({
        id,
        module: "k",
        action: "src",
        parameters: { value: id },
        ...(name && { name }),
      });
    // "d1" is a name, too: the id counts.
    for (const [id, name] of [["d1"], ["d2"], ["d3", "own"], ["d4", "d1"]] as const) source(id, name);
    const dependencies = ["d1", "d2", "d3", "d4"];
    const submit = (value: string) =>
      rig.orchestrator.submitTask({ module: "k", action: "look", dependencies, parameters: { value } });
    submit("${d1.result} ${d2.result} ${own.result}");
    const wrong = submit("${k.src.result}");
    await rig.settle();
    expect(seen).toEqual([{ d1: "d1", d2: "d2", own: "d3", d4: "d4" }, "d1 d2 d3"]);
    expect(rig.orchestrator.getTaskResult(wrong)).toMatchObject({
      status: "failed",
      errorCode: "WORKFLOW_UNRESOLVED_REFERENCE",
      errorMessage: expect.stringContaining("2 dependencies"),
      attempts: 0,
    });
    expect(rig.orchestrator.deadLetters.get(wrong)).toMatchObject({
      suggestions: [expect.stringMatching(/Use the id .*: d1, d2$/), expect.any(String)],
    });
  });

  it("fails a task whose placeholder leads nowhere, without running it, and skips what waits for it", async () => {
    const rig = new OrchestratorRig();
    const source = rig.task("ok", { name: "source" });
    const task = rig.task("ok", {
      dependencies: [source.id],
      parameters: { value: "${source.result.nothing}" },
    });
    const after = rig.task("ok", { dependencies: [task.id] });
    for (const each of [source, task, after]) rig.orchestrator.submitTask(each);
    await rig.settle();
    expect(task.result).toMatchObject({
      status: "failed",
      errorCode: "WORKFLOW_UNRESOLVED_REFERENCE",
      attempts: 0,
    });
    expect([after.status, rig.called]).toEqual(["skipped", ["source"]]);
  });

  it("gives null for the result of a dependency that did not complete", async () => {
    const rig = new OrchestratorRig();
    const source = rig.task("bad", { name: "source" });
    const task = rig.task("ok", {
      dependencies: [source.id],
      onDependencyFailure: "continue",
      parameters: { value: ["${source.result}"] },
    });
    rig.orchestrator.submitTask(source);
    rig.orchestrator.submitTask(task);
    await rig.settle();
    expect(task.result?.data).toEqual([null]);
  });

  it("keeps the result of a cleared task that a waiting one still needs", async () => {
    const rig = new OrchestratorRig();
    const [done, open] = [rig.task("ok", { name: "done" }), rig.task("slow")];
    const task = rig.task("ok", {
      dependencies: [done.id, open.id],
      parameters: { value: "${done.result}" },
    });
    for (const each of [done, open, task]) rig.orchestrator.submitTask(each);
    await rig.settle();
    expect(rig.orchestrator.clearCompleted()).toBe(1);
    await rig.finishAll();
    expect(task.result?.data).toBe("done");
  });

  it("keeps what an action does to its context from what is stored and handed on", async () => {
    const rig = new OrchestratorRig();
    rig.modules.register("rec", "spoil", (_, context) => {
      const { results, parameters } = context as unknown as Record<string, Record<string, unknown[]>>;
      results?.["from"]?.push("spoilt");
      parameters?.["list"]?.push("spoilt");
      return results?.["from"] ?? null;
    });
    const from = rig.task("ok", { id: "from", name: "from", parameters: { value: [1] } });
    const to = new Task({
      module: "rec",
      action: "spoil",
      dependencies: ["from"],
      parameters: { list: [2] },
    });
    for (const task of [from, to]) rig.orchestrator.submitTask(task);
    await rig.settle();
    expect(rig.orchestrator.getTaskResult(to.id)?.data).toEqual([1, "spoilt"]);
    expect(rig.orchestrator.getTaskResult("from")?.data).toEqual([1]);
    expect(rig.orchestrator.runtime.store.get(`tasks/${to.id}`)).toMatchObject({ parameters: { list: [2] } });
  });

  it("bounds what one tick writes when a task ends that many others wait for", async () => {
    const inner = memoryStore();
    const writes: number[] = [];
    const transact: Store["transact"] = (work) =>
      inner.transact((tx) => {
        let count = 0;
        const put: typeof tx.put = (key, value) => {
          count++;
          tx.put(key, value);
        };
        const made = work({
          get: inner.get.bind(inner),
          list: inner.list.bind(inner),
          delete: (key) => tx.delete(key),
          put,
        });
        writes.push(count);
        return made;
      });
    const store: Store = {
      get: (key) => inner.get(key),
      list: (prefix, options) => inner.list(prefix, options),
      foreignVersion: () => 0,
      close: () => {},
      transact,
    };
    const rig = new OrchestratorRig({ store });
    const tasks = Array.from({ length: 2000 }, () => rig.task("ok", { dependencies: ["root"] }));
    for (const task of tasks) rig.orchestrator.submitTask(task);
    await rig.settle();
    writes.length = 0;
    rig.orchestrator.submitTask(rig.task("bad", { id: "root" }));
    const finished = rig.orchestrator.waitForCompletion();
    await rig.settle();
    expect(await finished).toBe(true);
    expect(new Set(rig.statuses(...tasks))).toEqual(new Set(["skipped"]));
    expect(inner.list("tasks/")).toHaveLength(2001);
    expect(Math.max(...writes)).toBeLessThan(300);
  });
});
