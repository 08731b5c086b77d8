import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ModuleRegistry, TaskOrchestrator } from "@orch/tasks";
import { expect, it } from "vitest";

it("has an example of a module that runs as it is", async () => {
  const readme = readFileSync(new URL("./README.md", import.meta.url), "utf8");
  const [, code = ""] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  // Beside the shipped modules, so that its imports resolve as theirs do.
  const modulesDir = await mkdtemp(join(import.meta.dirname, "_tmp_"));
  try {
    await writeFile(join(modulesDir, "greeting.ts"), code);
    const orchestrator = new TaskOrchestrator({ modules: new ModuleRegistry({ modulesDir }) });
    const run = (parameters: { who?: string }) =>
      orchestrator.executeTask({ module: "greeting", action: "hello", parameters });
    expect((await run({})).data).toBe("hello world");
    expect((await run({ who: "you" })).data).toBe("hello you");
    await orchestrator.close();
  } finally {
    await rm(modulesDir, { recursive: true });
  }
});
