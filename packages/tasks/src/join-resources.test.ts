import { ResourceManager } from "@orch/resources";
import { expect, it } from "vitest";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";

it("shares a resource manager with those who allocate by hand: what one side holds the other waits for", async () => {
  const resourceManager = new ResourceManager({ baseDir: "/nonexistent", defaultResources: false });
  resourceManager.registerResource("gpu", "gpu", 1);
  const rig = new OrchestratorRig({ resourceManager });
  const allocation = resourceManager.allocate("gpu", "me", 1);
  const resources = [{ type: "gpu" as const, identifier: "gpu", amount: 1 }];
  const task = rig.task("slow", { id: "t", resources });
  rig.orchestrator.submitTask(task);
  await rig.settle();
  expect(rig.orchestrator.why("t")?.causes).toMatchObject([
    {
      reason: "resources",
      lacks: [{ resource_id: "gpu", wanted: 1, available: 0, held_by: [{ user_id: "me" }] }],
    },
  ]);
  resourceManager.release(allocation?.allocationId ?? "");
  await rig.settle();
  expect(task.status).toBe("running");
  expect(resourceManager.allocate("gpu", "me", 1)).toBeNull();
  await rig.finish();
  expect(resourceManager.allocate("gpu", "me", 1)).not.toBeNull();
});
