import { noopLogger } from "@orch/core";
import { ManualClock } from "@orch/core/testing";
import { expect, it } from "vitest";
import { Listens } from "./listens.ts";
import { ResourceWatch } from "./resource-watch.ts";

it("keeps nothing of a request whose resources cannot be watched", async () => {
  const host = () => Promise.reject(new Error("down"));
  const listens = new Listens(new ResourceWatch({ host, clock: new ManualClock(), logger: noopLogger }));
  const message = { params: { notifications: { resourceSubscriptions: ["orch://status"] } } };
  for (let count = 0; count < 100; count++)
    await expect(listens.open(count, message)).rejects.toThrow("down");
  expect(listens.size).toBe(0);
});
