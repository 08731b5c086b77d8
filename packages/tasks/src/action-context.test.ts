import { expect, it } from "vitest";
import type { ActionContext } from "./module.ts";
import { ModuleRegistry } from "./module-registry.ts";
import { TaskOrchestrator } from "./task-orchestrator.ts";

it("gives an action plain data, with the results of what it depends on, also in a copy", async () => {
  const seen: ActionContext[] = [];
  const modules = new ModuleRegistry().register("m", "look", (_, context) => {
    seen.push(context);
    return { seen: seen.length };
  });
  await using orchestrator = new TaskOrchestrator({ modules });
  const first = orchestrator.submitTask({ module: "m", action: "look", name: "first" });
  await orchestrator.executeTask({ module: "m", action: "look", dependencies: [first] });
  expect(seen.map(({ results }) => results)).toEqual([{}, { first: { seen: 1 } }]);
  for (const context of seen) {
    const copy = { ...context };
    expect(copy.results).toEqual(context.results);
    expect(Reflect.ownKeys(copy)).toEqual(Object.keys(context));
  }
});

it("makes the logger of an attempt once, when it is looked at, also in a copy and taken apart", async () => {
  const lines: unknown[] = [];
  const note = (message: string, fields?: object) => void lines.push(fields ? [message, fields] : message);
  const logger = { debug: note, info: note, warn: note, error: note };
  const modules = new ModuleRegistry().register("m", "say", (_, context) => {
    const { info } = context.logger;
    info("one");
    ({ ...context }).logger.warn("two", { error: new Error("boom"), big: 1n });
    const copy = { ...context };
    return copy.logger === context.logger;
  });
  await using orchestrator = new TaskOrchestrator({ modules, logger });
  const { data } = await orchestrator.executeTask({ module: "m", action: "say" });
  expect(data).toBe(true);
  expect(lines).toEqual(["one", ["two", { error: "boom", big: "1" }]]);
});
