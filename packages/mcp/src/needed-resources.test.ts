import { noopLogger } from "@orch/core";
import { ManualClock } from "@orch/core/testing";
import { ResourceManager } from "@orch/resources";
import { expect, it } from "vitest";
import { whileHolding } from "./needed-resources.ts";

it("holds resources as long as work goes on, on a lease that ends when nobody renews it", async () => {
  const clock = new ManualClock();
  const resourceManager = new ResourceManager({ clock });
  resourceManager.addResource({ id: "seat", type: "custom", capacity: { units: 1 } });
  const free = () => resourceManager.getAvailableCapacity("seat");
  const context = { host: { resourceManager } as never, newId: () => "1", clock, logger: noopLogger };
  const done = Promise.withResolvers<string>();
  const held = whileHolding({ seat: 1 }, context, () => done.promise);
  expect(resourceManager.getUserAllocations("mcp-1")).toMatchObject([{ expires_at: expect.any(String) }]);
  for (let times = 0; times < 10; times++) clock.advance(20_000);
  expect(free()).toBe(0);
  await expect(
    whileHolding({ seat: 1 }, { ...context, newId: () => "2" }, async () => ""),
  ).rejects.toMatchObject({
    code: "RESOURCE_UNAVAILABLE",
  });
  done.resolve("result");
  expect([await held, free()]).toEqual(["result", 1]);
  clock.advance(100_000);
  expect(free()).toBe(1);
});
