import type { JsonObject } from "@orch/core";
import { ManualClock } from "@orch/core/testing";
import { describe, expect, it } from "vitest";
import { InstanceRig, Shared } from "../test/instance-rig.ts";
import type { Ledger } from "./ledger.ts";
import { ResourceManager } from "./resource-manager.ts";

const defineUnit = (ledger: Ledger) => ledger.define({ id: "r", type: "custom", capacity: 1 });

/** A store with a resource of one unit, and managers that are alone with it. */
function oneUnit() {
  const [shared, clock] = [new Shared(), new ManualClock()];
  const store = shared.connect();
  const put = (key: string, value: JsonObject) => store.transact((tx) => tx.put(key, value));
  const manager = () => {
    const made = new ResourceManager({
      baseDir: "/nonexistent",
      defaultResources: false,
      store: shared.connect(),
      clock,
    });
    made.registerResource("r", "custom", 1);
    return made;
  };
  return { shared, clock, store, put, manager };
}
/** As earlier versions have written them, and as processes that are recorded write them now. */
const held: JsonObject = {
  resource: "r",
  instance: "gone",
  used: [{ holder: "t", since: 0, amounts: { units: 1 } }],
  wanted: null,
};
const wanted: JsonObject = { ...held, used: [], wanted: { ticket: 0, amounts: { units: 1 }, mode: null } };

describe.each([
  ["held", held],
  ["only wanted", wanted],
])("what a process that has no record any more %s", (_, record) => {
  it("counts no more for one that allocates, and is deleted by it", () => {
    const { shared, put, manager } = oneUnit();
    put("usage/r/gone", record);
    const alone = manager();
    expect(alone.allocate("r", "ada")).not.toBeNull();
    expect(shared.list("usage/")).toEqual([]);
    alone.close();
  });

  it("counts no more for one that only looks, or waits", async () => {
    const { put, manager } = oneUnit();
    put("usage/r/gone", record);
    const alone = manager();
    expect([alone.getAvailableCapacity("r"), alone.getUsage("r")?.allocatedAmount]).toEqual([1, 0]);
    expect(await alone.acquire("r", "ada")).toMatchObject({ userId: "ada" });
    alone.close();
  });

  it("counts no more where it was fenced, and does as long as it was not", () => {
    const { shared, clock, put, manager } = oneUnit();
    put("instances/gone", { fenced: false });
    put("usage/r/gone", record);
    const alone = manager();
    expect(alone.allocate("r", "ada")).toBeNull();
    put("instances/gone", { fenced: true });
    // Others are looked at four times a second.
    clock.advance(250);
    expect(alone.allocate("r", "ada")).not.toBeNull();
    expect(shared.list("usage/")).toEqual([]);
    alone.close();
  });
});

it("is deleted by the next transaction where the one that found it was undone", () => {
  const { shared, clock, put } = oneUnit();
  put("usage/r/gone", held);
  const rig = new InstanceRig("a", { shared, clock }, defineUnit);
  const failing = () =>
    rig.turn((turn) => {
      rig.shared.sync(turn.store);
      rig.shared.end(turn);
      throw new Error("disk full");
    });
  expect(failing).toThrow("disk full");
  rig.shared.undone();
  expect([rig.ledger.available("r", 0), shared.list("usage/").length]).toEqual([1, 1]);
  expect(rig.take([{ resource: "r", amounts: 1 }]).ok).toBe(true);
  expect(shared.list("usage/")).toMatchObject([{ instance: "a" }]);
});

describe("who lives and has no record", () => {
  it("keeps its turn while it waits by hand, also before tasks and other managers", () => {
    const { shared, clock, manager } = oneUnit();
    const [holder, waiter, other] = [manager(), manager(), manager()];
    const first = holder.allocateOrThrow("r", "ada");
    const waiting = waiter.acquire("r", "bob");
    other.getAvailableCapacity("r");
    const rig = new InstanceRig("a", { shared, clock }, defineUnit);
    rig.turn(() => rig.shared.sync());
    expect(shared.list("usage/")).toMatchObject([{ recorded: false, wanted: { ticket: 1 } }]);
    holder.release(first.id);
    expect([other.allocate("r", "eve"), rig.take([{ resource: "r", amounts: 1 }]).ok]).toEqual([null, false]);
    clock.advance(25);
    return expect(waiting)
      .resolves.toMatchObject({ userId: "bob" })
      .finally(() => {
        for (const each of [holder, waiter, other]) each.close();
      });
  });

  it("keeps what it holds, where its members know of each other without records", () => {
    const { shared, clock, manager } = oneUnit();
    const rig = new InstanceRig("a", { shared, clock }, defineUnit);
    expect(rig.take([{ resource: "r", amounts: 1 }]).ok).toBe(true);
    const alone = manager();
    expect([alone.allocate("r", "ada"), shared.list("usage/").length]).toEqual([null, 1]);
    alone.close();
  });
});
