import { newId } from "@orch/core";
import { ManualClock } from "@orch/core/testing";
import { expect, it } from "vitest";
import { LeaseBook } from "./lease-book.ts";
import { Ledger } from "./ledger.ts";
import { ResourceManager } from "./resource-manager.ts";

it("keeps little of users who are gone, however many there were, and nothing of their leases", () => {
  const ledger = new Ledger();
  ledger.define({ id: "r", type: "custom", capacity: 10 });
  const demand = ledger.compileDemand([{ resource: "r", amounts: 1 }]);
  const book = new LeaseBook(new ManualClock(), newId);
  const enter = (user: string) => {
    const grant = ledger.grant(demand, user, 0);
    if (!grant.ok) throw new Error(grant.reason);
    book.enter(grant, { at: 0, metadata: null, id: null }, () => ({ deadline: 5, expiresAt: 5 }));
    return grant;
  };
  enter("stays");
  for (let i = 0; i < 20_000; i++) {
    const grant = enter(`user ${i}`);
    const [lease] = book.of(`user ${i}`);
    ledger.release(grant, 0);
    if (lease === undefined) throw new Error("not entered");
    book.idOf(lease);
    book.strike(lease);
  }
  expect(book.users).toBeLessThan(1_100);
  expect(book.all().map(({ user }) => user)).toEqual(["stays"]);
  expect(book.named).toBe(0);
  expect(book.due(5)).toHaveLength(1);
});

it("lists what a user holds oldest first, also after something in the middle was given back", () => {
  const manager = new ResourceManager({ baseDir: "/nonexistent", defaultResources: false });
  manager.registerResource("r", "custom", 100);
  const ids = Array.from({ length: 6 }, () => manager.allocateOrThrow("r", "u", 1).id);
  for (const index of [1, 3]) manager.release(ids[index] ?? "");
  const left = [0, 2, 4, 5].map((index) => ids[index]);
  expect(manager.getUserAllocations("u").map(({ allocation_id }) => allocation_id)).toEqual(left);
  expect([...(manager.getResource("r")?.allocations.keys() ?? [])]).toEqual(left);
  expect(manager.allocateResources("v", {})).toEqual({});
});
