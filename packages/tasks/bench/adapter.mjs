// The public API of @orch/tasks as the benchmark kit drives it: what a user would write, with the default settings.
import { join } from "node:path";

/** One contender: durable tasks in a SQLite store in `dir`. */
const open =
  (sqliteStore, { ModuleRegistry, TaskOrchestrator }) =>
  ({ dir, durability }) => {
    let step;
    const modules = new ModuleRegistry().register("bench", "step", ({ x }) => step(x));
    const orchestrator = new TaskOrchestrator({
      store: sqliteStore(join(dir, "state.db"), { durability }),
      modules,
      maxWorkers: 64,
    });
    const task = (x, dependencies = [], id) => ({
      ...(id ? { id } : {}),
      name: String(x),
      module: "bench",
      action: "step",
      parameters: { x },
      dependencies,
    });
    const resultOf = (id) => orchestrator.getTaskResult(id).data;
    return {
      async seq(n, run) {
        step = run;
        const ids = [];
        for (let i = 0; i < n; i++) ids.push(orchestrator.submitTask(task(i, ids.slice(-1))));
        await orchestrator.waitForCompletion();
        return ids.map(resultOf);
      },
      async jobs(n, inflight, run) {
        step = run;
        const results = new Array(n);
        let next = 0;
        const caller = async () => {
          while (next < n) {
            const i = next++;
            results[i] = (await orchestrator.executeTask(task(i))).data;
          }
        };
        await Promise.all(Array.from({ length: inflight }, caller));
        return results;
      },
      async dag(tasks, run) {
        step = run;
        for (const { name, dependencies } of tasks) orchestrator.submitTask(task(name, dependencies, name));
        await orchestrator.waitForCompletion();
        return tasks.map(({ name }) => resultOf(name));
      },
      async submit(run) {
        step = run;
        return (await orchestrator.executeTask(task(0))).data;
      },
      close: () => orchestrator.close(),
    };
  };

/** Independent or prioritised no-op tasks through the full record-keeping path, with the default store. */
const records =
  ({ ModuleRegistry, TaskOrchestrator }) =>
  async (items, { conc, work }) => {
    const modules = new ModuleRegistry().register("bench", "work", ({ i }) => work(i));
    // All results are read at the end: none of them may have left memory by then.
    const orchestrator = new TaskOrchestrator({ modules, maxWorkers: conc, retention: items.length });
    const ids = items.map(({ i }) =>
      orchestrator.addTask({ module: "bench", action: "work", parameters: { i } }),
    );
    orchestrator.startExecution();
    await orchestrator.waitForCompletion();
    const results = ids.map((id) => orchestrator.getTaskResult(id).data);
    await orchestrator.close();
    return results;
  };

/** The runner of worker threads alone, as the dispatcher drives it: what a task costs around it is what section B measures. */
const threads =
  (_tasks, { WorkerRunner }) =>
  ({ workers, module }) => {
    const runner = new WorkerRunner({ threads: workers });
    const file = new URL("./echo.mjs", import.meta.url);
    const resolved = { definition: { description: "", isolation: "worker" }, file };
    const log = () => {};
    const context = {
      attempt: 1,
      taskId: "t",
      idempotencyKey: "t",
      deadline: null,
      parameters: {},
      results: {},
      session: null,
      history: [],
      logger: { debug: log, info: log, warn: log, error: log },
      progress: log,
    };
    return {
      async run(x) {
        const parameters = { file: module, x };
        // The dispatcher makes one for each attempt, too.
        const { signal } = new AbortController();
        const attempt = {
          module: "echo",
          action: "echo",
          resolved,
          parameters,
          context: { ...context, signal },
        };
        const outcome = await runner.run(attempt);
        if (!outcome.ok) throw new Error(outcome.failure.message);
        return outcome.value;
      },
      close: () => runner.close(),
    };
  };

/** The runner is no part of the public API, since users choose it by what they say of an action. */
const loadRunner = () =>
  import(process.env.BENCH_MODE === "source" ? "../src/worker-runner.ts" : "../dist/worker-runner.js");

/** The contenders of each hook, made from the packages that it needs. */
const HOOKS = {
  "b:executor":
    ({ runTasks }) =>
    (items, { conc, work }) =>
      runTasks(items, ({ i }) => work(i), { concurrency: conc }),
  "b:prio":
    ({ runTasks }) =>
    (items, { conc, work }) =>
      runTasks(items, ({ i }) => work(i), { concurrency: conc, priority: ({ prio }) => 4 - prio }),
  "b:dag":
    ({ runDag }) =>
    (nodes, { conc, work }) =>
      runDag(nodes, ({ name }) => work(name), { concurrency: conc }),
  "b:orchestrator": records,
  c: threads,
};

export async function contenders(hook, { load }) {
  const make = HOOKS[hook];
  if (!make && hook !== "d1") return {};
  const tasks = await load("tasks");
  if (!tasks) return {};
  if (make) return { orch: make(tasks, hook === "c" ? await loadRunner() : {}) };
  const { sqliteStore } = await import("@orch/core/sqlite");
  return { orch: open(sqliteStore, tasks) };
}
