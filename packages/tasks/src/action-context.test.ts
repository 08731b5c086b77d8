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
