import { OrchestrationError } from "@orch/core";
import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import { acyclicNodes } from "../test/graphs.ts";
import { WorkflowDAG } from "./dag.ts";
import { DAGTask } from "./dag-task.ts";
import { CycleDetectedError, DAGValidationError } from "./errors.ts";

const aDiamond = () => [
  { name: "t1" },
  { name: "t2", dependencies: ["t1"] },
  { name: "t3", dependencies: ["t1"] },
  { name: "t4", dependencies: ["t2", "t3"] },
];
const aRing = () => [
  { name: "t1", dependencies: ["t3"] },
  { name: "t2", dependencies: ["t1"] },
  { name: "t3", dependencies: ["t2"] },
];

describe("WorkflowDAG", () => {
  it("copies what it is built from", () => {
    const tasks = [{ name: "t1" }, { name: "t2", dependencies: ["t1"], parameters: { p: 1 } }];
    const dag = new WorkflowDAG(tasks);
    tasks[1]?.dependencies?.push("t9");
    Object.assign(tasks[1]?.parameters ?? {}, { p: 2 });
    tasks.push({ name: "t3" });
    expect(dag.size).toBe(2);
    expect(dag.getTask("t2")).toMatchObject({ dependencies: ["t1"], parameters: { p: 1 } });
    expect(dag.validate()).toBe(true);
  });

  it("accepts tasks as init objects, instances, dicts and by id, and leaves instances alone", () => {
    const task = new DAGTask({ name: "b", dependencies: ["a"], status: "COMPLETED" as never });
    const dag = new WorkflowDAG([
      { id: "a" },
      task,
      { name: "c", execution_order: 7, dependencies: ["b"] } as never,
    ]);
    expect(dag.getTask("b")).toEqual(task);
    expect(dag.getTask("b")).not.toBe(task);
    expect(dag.getTask("c")?.executionOrder).toBe(7);
    dag.addDependency("b", "c");
    expect(task.dependencies).toEqual(["a"]);
  });

  it("takes an id for the name only where there is no name", () => {
    const both = { id: "7", name: "a", dependencies: ["b"] };
    const dag = new WorkflowDAG([both, { id: "b", module: "m" }, { id: "c", dependencies: ["a"] }]);
    expect([...dag.getAllTasks().keys()]).toEqual(["a", "b", "c"]);
    expect([...dag.getAllTasks().values()].map(({ name }) => name)).toEqual(["a", "b", "c"]);
    expect([dag.getTask("a")?.extra, dag.getTask("b")?.extra]).toEqual([{ id: "7" }, {}]);
    expect(dag.addTask({ id: "d" }).name).toBe("d");
  });

  it("takes from an instance of another class what a task of a DAG has", () => {
    class Step {
      readonly id = "1";
      readonly name = "a";
      readonly action = "run";
      readonly status = "retrying";
      readonly timeoutMs = 5;
      get module() {
        return "m";
      }
      get dependencies() {
        return ["b"];
      }
    }
    const dag = new WorkflowDAG([new Step() as never, { name: "b" }]);
    expect(dag.getTask("a")).toEqual(
      new DAGTask({ name: "a", module: "m", action: "run", dependencies: ["b"] }),
    );
    expect(dag.getTask("a")?.extra).toEqual({});
  });

  it("finds nothing wrong with the diamond and puts it in order", () => {
    const dag = new WorkflowDAG(aDiamond());
    expect(dag.validateDag()).toEqual({ valid: true, errors: [], problems: [], cycles: [] });
    expect(dag.validate()).toBe(true);
    expect(dag.getExecutionLevels()).toEqual([["t1"], ["t2", "t3"], ["t4"]]);
    expect(dag.topologicalSort()).toEqual(["t1", "t2", "t3", "t4"]);
  });

  it("reports a cycle with its path", () => {
    const dag = new WorkflowDAG(aRing());
    const message = "Cycle detected in DAG: t1 -> t3 -> t2 -> t1";
    expect(dag.validateDag()).toMatchObject({
      valid: false,
      errors: [message],
      cycles: [["t1", "t3", "t2", "t1"]],
    });
    let caught: unknown;
    try {
      dag.validate();
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(CycleDetectedError);
    expect(caught).toBeInstanceOf(DAGValidationError);
    expect(caught).toBeInstanceOf(OrchestrationError);
    expect(caught).toMatchObject({ code: "DAG_CYCLE", message, cycle: ["t1", "t3", "t2", "t1"] });
    expect((caught as CycleDetectedError).toErrorResponse()).toMatchObject({
      error_type: "CycleDetectedError",
      error_code: "DAG_CYCLE",
    });
  });

  it("reports missing dependencies, self-dependencies and duplicates", () => {
    expect(new WorkflowDAG([{ name: "a", dependencies: ["zz"] }]).validateDag().errors).toEqual([
      "Task 'a' depends on missing task 'zz'",
    ]);
    const self = new WorkflowDAG([{ name: "a", dependencies: ["a"] }]).validateDag().errors;
    expect(self).toEqual(["Task 'a' cannot depend on itself", "Cycle detected in DAG: a -> a"]);
    const twice = new WorkflowDAG([{ name: "a" }, { name: "a", module: "m" }]);
    expect(() => twice.validate()).toThrow("Duplicate task name 'a'");
    expect([twice.size, twice.getTask("a")?.module]).toEqual([1, ""]);
  });

  it("keeps the first of several tasks with one name, whatever they say", () => {
    const dag = new WorkflowDAG([
      { name: "x" },
      { name: "a" },
      { name: "a", module: "second" },
      { name: "b", module: "m", dependencies: ["a"] },
    ]);
    expect([dag.getTask("a")?.module, dag.getTask("b")?.module, dag.getTask("x")?.module]).toEqual([
      "",
      "m",
      "",
    ]);
    const full = new WorkflowDAG([{ name: "a", module: "first" }, { name: "a" }]);
    expect(full.getTask("a")?.module).toBe("first");
  });

  it("throws one error with all problems", () => {
    const dag = new WorkflowDAG([
      { name: "a", dependencies: ["zz"] },
      { name: "b", dependencies: ["b"] },
      { name: "c", dependencies: ["d"] },
      { name: "d", dependencies: ["c"] },
    ]);
    const messages = [
      "Task 'a' depends on missing task 'zz'",
      "Task 'b' cannot depend on itself",
      "Cycle detected in DAG: b -> b",
      "Cycle detected in DAG: c -> d -> c",
    ];
    const problems = messages.map((message) => expect.objectContaining({ message }));
    expect(() => dag.validate()).toThrow(expect.objectContaining({ name: "CycleDetectedError", problems }));
    const sorting = "DAG validation failed: Task 'a' depends on missing task 'zz'";
    for (const run of [
      () => dag.topologicalSort(),
      () => dag.getExecutionLevels(),
      () => dag.criticalPath(),
      () => dag.redundantDependencies(),
    ]) {
      expect(run).toThrow(expect.objectContaining({ code: "DAG_CYCLE", message: sorting, problems }));
    }
    expect(() => dag.compile()).toThrow(expect.objectContaining({ code: "DAG_CYCLE", problems }));
  });

  it("grows by tasks and dependencies, and refuses what cannot be", () => {
    const dag = new WorkflowDAG();
    expect(() => dag.addDependency("a", "b")).toThrow("Task 'a' not found in DAG");
    const a = dag.addTask({ name: "a" });
    expect(() => dag.addDependency("a", "b")).toThrow("Dependency task 'b' not found in DAG");
    dag.addTask({ name: "b" });
    dag.addDependency("a", "b");
    dag.addDependency("a", "b");
    expect(dag.topologicalSort()).toEqual(["b", "a"]);
    expect(dag.getTask("a")).toBe(a);
    expect(a.dependencies).toEqual(["b"]);
    dag.addDependency("b", "a");
    expect(dag.getTask("b")?.dependencies).toEqual(["a"]);
    expect(dag.validateDag().cycles).toEqual([["a", "b", "a"]]);
    dag.addTask({ name: "c", dependencies: ["zz"] });
    dag.addDependency("c", "a");
    expect(dag.getTask("c")?.dependencies).toEqual(["zz", "a"]);
    expect(dag.validateDag().errors).toHaveLength(2);
  });

  it("refuses a name that is empty or taken, with a code and suggestions, and changes nothing", () => {
    const dag = new WorkflowDAG([{ name: "fetch", module: "m" }]);
    const before = dag.toDict();
    const refused: [() => unknown, object][] = [
      [() => dag.addTask({ name: "fetch" }), { code: "DAG_INVALID", message: "Duplicate task name 'fetch'" }],
      [
        () => dag.addTask({ name: "" }),
        { code: "DAG_INVALID", message: "Task name must not be empty, was ''" },
      ],
      [() => dag.addTask({} as never), { code: "INVALID_PARAMETERS" }],
      [
        () => dag.addTask({ name: "x", parameters: { when: new Map() } } as never),
        { code: "INVALID_PARAMETERS" },
      ],
      [
        () => dag.addDependency("fetsh", "fetch"),
        { code: "DAG_INVALID", suggestions: ["Did you mean 'fetch'?", "Add the task first"] },
      ],
      [
        () => dag.subgraph(["fetsh"]),
        { code: "DAG_INVALID", details: { task: "fetsh", near: ["fetch"], problems: [] } },
      ],
    ];
    for (const [run, expected] of refused)
      expect(run).toThrow(expect.objectContaining({ ...expected, retryable: false }));
    expect(dag.toDict()).toEqual(before);
  });

  it("refuses lists of what is no task, with every place", () => {
    const wrong = [{ name: "a", module: 3 }, { name: "b" }, { name: "c", executionOrder: 0.5, error: 1 }];
    const paths = ["tasks[0].module", "tasks[2].executionOrder", "tasks[2].error"];
    const problems = paths.map((path) => expect.objectContaining({ path }));
    expect(() => new WorkflowDAG(wrong as never)).toThrow(
      expect.objectContaining({ code: "INVALID_PARAMETERS", details: { problems } }),
    );
    expect(() => new WorkflowDAG([null] as never)).toThrow(
      expect.objectContaining({ code: "INVALID_PARAMETERS" }),
    );
  });

  it("sets the position of each task, whether or not it was asked for before", () => {
    const tasks = [{ name: "c", dependencies: ["b"] }, { name: "b", dependencies: ["a"] }, { name: "a" }];
    const dag = new WorkflowDAG(tasks);
    const early = dag.getTask("c");
    expect(early?.executionOrder).toBe(-1);
    dag.getExecutionLevels();
    expect(["a", "b", "c"].map((name) => dag.getTask(name)?.executionOrder)).toEqual([0, 1, 2]);
    expect(early?.executionOrder).toBe(2);
    dag.addTask({ name: "d" });
    expect(dag.getTask("d")?.executionOrder).toBe(-1);
    dag.getExecutionLevels();
    expect(["a", "b", "c", "d"].map((name) => dag.getTask(name)?.executionOrder)).toEqual([0, 2, 3, 1]);
  });

  it("lets callers follow a run on the tasks, and starts over", () => {
    const dag = new WorkflowDAG(aDiamond());
    Object.assign(dag.getTask("t2") as DAGTask, { status: "failed", error: "boom", result: { n: 1 } });
    expect(dag.getAllTasks().get("t2")).toMatchObject({ status: "failed", error: "boom" });
    dag.resetTaskStatuses();
    expect(dag.getTask("t2")).toMatchObject({ status: "pending", error: null, result: null });
    expect(dag.getTask("t9")).toBeNull();
    expect([...dag.getAllTasks().keys()]).toEqual(["t1", "t2", "t3", "t4"]);
    expectTypeOf(dag.getTask("t2")).toEqualTypeOf<DAGTask | null>();
  });

  it("compiles a graph that later changes leave alone", () => {
    const dag = new WorkflowDAG([{ name: "a" }]);
    const graph = dag.compile();
    dag.addTask({ name: "b", dependencies: ["a"] });
    expect([graph.size, graph.indexOf("b"), graph.names]).toEqual([1, -1, ["a"]]);
    expect(dag.compile().indexOf("b")).toBe(1);
  });

  it("cuts out the part above, below or around tasks", () => {
    const dag = new WorkflowDAG([...aDiamond(), { name: "t5", module: "m", dependencies: ["t3"] }]);
    const names = (part: "dependencies" | "dependents" | "both") => [
      ...dag.subgraph(["t3"], { part }).getAllTasks().keys(),
    ];
    expect(names("dependencies")).toEqual(["t1", "t3"]);
    expect(names("dependents")).toEqual(["t3", "t4", "t5"]);
    expect(names("both")).toEqual(["t1", "t3", "t4", "t5"]);
    const below = dag.subgraph(["t3"], { part: "dependents" });
    expect(below.validate()).toBe(true);
    expect([below.getTask("t4")?.dependencies, below.getTask("t5")?.module]).toEqual([["t3"], "m"]);
    expect(dag.getTask("t4")?.dependencies).toEqual(["t2", "t3"]);
  });
});

describe("a WorkflowDAG that grows", () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ add: fc.nat({ max: 7 }), dependencies: fc.array(fc.nat({ max: 7 }), { maxLength: 3 }) }),
      fc.record({ task: fc.nat({ max: 7 }), on: fc.nat({ max: 7 }) }),
      fc.constant("ask" as const),
    ),
    { maxLength: 25 },
  );

  it("is always the same as one built at once", () => {
    fc.assert(
      fc.property(acyclicNodes(5), steps, (nodes, sequence) => {
        const dag = new WorkflowDAG(nodes);
        const model = new Map(nodes.map(({ name, dependencies }) => [name, new Set(dependencies)]));
        for (const step of sequence) {
          if (step === "ask") dag.validateDag();
          else if ("add" in step) {
            const [name, dependencies] = [`n${step.add}`, step.dependencies.map((each) => `n${each}`)];
            if (model.has(name))
              expect(() => dag.addTask({ name, dependencies })).toThrow(DAGValidationError);
            else {
              dag.addTask({ name, dependencies });
              model.set(name, new Set(dependencies));
            }
          } else {
            const [task, on] = [`n${step.task}`, `n${step.on}`];
            if (!model.has(task) || !model.has(on))
              expect(() => dag.addDependency(task, on)).toThrow(DAGValidationError);
            else {
              dag.addDependency(task, on);
              model.get(task)?.add(on);
            }
          }
        }
        const whole = new WorkflowDAG(
          Array.from(model, ([name, dependencies]) => ({ name, dependencies: [...dependencies] })),
        );
        expect(dag.validateDag()).toEqual(whole.validateDag());
        if (whole.validateDag().valid) expect(dag.getExecutionLevels()).toEqual(whole.getExecutionLevels());
        else expect(() => dag.getExecutionLevels()).toThrow(DAGValidationError);
        expect(dag.toDict().graph).toEqual(whole.toDict().graph);
      }),
      { numRuns: 300 },
    );
  });
});
