import { expect, it } from "vitest";
import { Resource } from "./resource.ts";
import { ResourceManager } from "./resource-manager.ts";

it("refuses names that are orch's own, and takes those that only look like them", () => {
  const manager = new ResourceManager({ defaultResources: false });
  const refused = expect.objectContaining({
    code: "INVALID_PARAMETERS",
    message: expect.stringContaining("must not begin with 'orch:'"),
  });
  expect(() => manager.registerResource("orch:key:x", "custom", 1)).toThrow(refused);
  expect(() => manager.addResource({ id: "orch:", name: "o", type: "custom" })).toThrow(refused);
  expect(() => new Resource({ id: "orch:session:1", name: "o", type: "custom" })).toThrow(refused);
  expect(() =>
    manager.allocateOrThrow("orch:session_runs:1", "user", undefined, { mode: "exclusive" }),
  ).toThrow(refused);
  expect(manager.allocate("orch:key:x", "user")).toBeNull();
  manager.ledger.needed.need({ id: "orch:key:x", type: "semaphore", capacity: 1 });
  expect(() => manager.allocateResourcesOrThrow("user", { "orch:key:x": 1 })).toThrow(refused);
  expect(manager.listResources()).toEqual([]);
  for (const id of ["orch", "key:x", "my-orch:x"]) manager.registerResource(id, "custom", 1);
  expect(manager.listResources().map(({ id }) => id)).toEqual(["orch", "key:x", "my-orch:x"]);
});
