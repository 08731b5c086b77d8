import { ManualClock } from "@orch/core/testing";
import { describe, expect, it } from "vitest";
import { InstanceRig, Shared } from "../test/instance-rig.ts";
import type { Ledger } from "./ledger.ts";
import type { Grant, PoolLimits } from "./ledger-state.ts";
import type { Refusal } from "./refusal.ts";
import { ResourceManager } from "./resource-manager.ts";

const two = (capacity: number | Record<string, number> = 1, limits: PoolLimits = {}) => {
  const [shared, clock, dead] = [new Shared(), new ManualClock(), new Set<string>()];
  const define = (ledger: Ledger) => ledger.define({ id: "r", type: "custom", capacity, limits });
  const open = (id: string) => new InstanceRig(id, { shared, clock, dead }, define);
  return { shared, clock, dead, open, a: open("a"), b: open("b") };
};
const one = [{ resource: "r", amounts: 1 }];
const granted = (outcome: Grant | Refusal | undefined): Grant => {
  if (!outcome?.ok) throw new Error(outcome?.reason);
  return outcome;
};

describe("what one process holds", () => {
  it("counts in the others, until it is given back, and is told with its holder", () => {
    const { shared, a, b } = two(3);
    const grant = granted(a.take([{ resource: "r", amounts: 2 }], { holder: "t1" }));
    expect(b.take([{ resource: "r", amounts: 2 }])).toMatchObject({ reason: "capacity", available: 1 });
    expect(b.ledger.holdersOf("r")).toMatchObject([{ holder: "t1", amounts: { units: 2 } }]);
    expect(shared.list("usage/")).toMatchObject([
      { resource: "r", instance: "a", used: [{ holder: "t1", amounts: { units: 2 } }], wanted: null },
    ]);
    a.give(grant);
    expect(shared.list("usage/")).toEqual([]);
    expect(b.take([{ resource: "r", amounts: 3 }]).ok).toBe(true);
  });

  it("is told by the first transaction that changes it, after as many as you like that change nothing", () => {
    const { shared, a } = two();
    const idle = () => a.turn(() => undefined);
    const used = () => shared.list("usage/");
    idle();
    const grant = granted(a.take(one));
    expect(used()).toHaveLength(1);
    idle();
    // As if the transaction that wrote it had been undone.
    a.store.transact((tx) => tx.delete("usage/r/a"));
    idle();
    expect(used()).toEqual([]);
    a.shared.undone();
    idle();
    expect(used()).toHaveLength(1);
    idle();
    a.give(grant);
    expect(used()).toEqual([]);
    idle();
    const demand = a.ledger.compileDemand(one);
    a.turn(() => a.shared.enqueue(demand, 1, ["r"]));
    expect(used()).toMatchObject([{ used: [], wanted: { ticket: 1 } }]);
    idle();
    a.turn(() => a.shared.dequeue(demand, 1));
    expect(used()).toEqual([]);
  });

  it("keeps out whom its lock excludes, by whatever name", () => {
    const { a, b } = two();
    const name = "data/ä 1.txt";
    const reading = granted(a.take([{ resource: name, mode: "read" }]));
    expect(b.take([{ resource: name, mode: "write" }])).toMatchObject({ reason: "locked" });
    const alsoReading = granted(b.take([{ resource: name, mode: "read" }]));
    a.give(reading);
    expect(a.take([{ resource: name, mode: "write" }]).ok).toBe(false);
    b.give(alsoReading);
    expect(a.take([{ resource: name, mode: "exclusive" }]).ok).toBe(true);
    expect(b.take([{ resource: name, mode: "read" }]).ok).toBe(false);
  });

  it("keeps an exclusive holder alone with the resource", () => {
    const { a, b } = two(4);
    const grant = granted(a.take([{ resource: "r", amounts: 1, mode: "exclusive" }]));
    expect(b.take(one)).toMatchObject({ reason: "locked" });
    a.give(grant);
    granted(b.take(one));
    expect(a.take([{ resource: "r", amounts: 1, mode: "exclusive" }]).ok).toBe(false);
  });

  it("takes a place among the most users", () => {
    const { a, b } = two(10, { maxConcurrentUsers: 1 });
    granted(a.take(one, { holder: "t1" }));
    expect(b.take(one, { holder: "t2" })).toMatchObject({ reason: "users" });
    expect(b.take(one, { holder: "t1" }).ok).toBe(true);
  });

  it("begins one burst for all, which ends for all", () => {
    const { clock, open, a, b } = two(10, { burstLimit: 15, burstWindowMs: 1000 });
    granted(a.take([{ resource: "r", amounts: 8 }]));
    clock.advance(100);
    const over = granted(b.take([{ resource: "r", amounts: 4 }]));
    clock.advance(999);
    expect(a.take([{ resource: "r", amounts: 1 }]).ok).toBe(true);
    clock.advance(1);
    expect(a.take([{ resource: "r", amounts: 1 }])).toMatchObject({ reason: "capacity" });
    // Back at the capacity: the next burst may begin a window later, also in a process that starts only then.
    b.give(over);
    const late = open("c");
    expect(late.take([{ resource: "r", amounts: 4 }])).toMatchObject({ reason: "capacity" });
    clock.advance(1000);
    expect(late.take([{ resource: "r", amounts: 4 }]).ok).toBe(true);
  });
});

describe("two ledgers on one connection", () => {
  it("count each other too", () => {
    const [shared, clock] = [new Shared(), new ManualClock()];
    const store = shared.connect();
    const open = (id: string) =>
      new InstanceRig(id, { shared, clock, store }, (ledger) =>
        ledger.define({ id: "r", type: "custom", capacity: 1 }),
      );
    const [a, b] = [open("a"), open("b")];
    const grant = granted(a.take(one));
    expect(b.take(one, { ticket: 0 }).ok).toBe(false);
    a.give(grant);
    const heard: (readonly string[])[] = [];
    b.shared.onFreed((names) => heard.push(names));
    clock.advance(25);
    expect(heard).toEqual([["r"]]);
    expect([b.take(one, { ticket: 0 }).ok, a.take(one).ok]).toEqual([true, false]);
  });
});

describe("a quota", () => {
  const spend = (amounts: number) => [{ resource: "r", amounts }];

  it("is spent by all together, and is not full again in a process that starts", () => {
    const { clock, open, a, b } = two({ rpm: 60 });
    granted(a.take(spend(40)));
    expect(b.take(spend(21))).toMatchObject({ reason: "rate", available: 20, retryAt: 1000 });
    granted(b.take(spend(20)));
    expect([a.take(spend(1)).ok, open("c").take(spend(1)).ok]).toEqual([false, false]);
    clock.advance(5000);
    expect([open("d").take(spend(6)).ok, open("e").take(spend(5)).ok, a.take(spend(1)).ok]).toEqual([
      false,
      true,
      false,
    ]);
  });

  it.each([
    ["back", -86_400_000],
    ["forward", 86_400_000],
  ])("never holds more than its size when the clock was set %s between two processes", (_, jump) => {
    const { shared, clock, a } = two({ rpm: 60 });
    granted(a.take(spend(60)));
    const later = new ManualClock(clock.now() + jump);
    const b = new InstanceRig("b", { shared, clock: later }, (ledger) =>
      ledger.define({ id: "r", type: "custom", capacity: { rpm: 60 } }),
    );
    // Set back: nothing has flowed. Set forward: a full bucket, and no more.
    expect(b.take(spend(jump > 0 ? 60 : 1)).ok).toBe(jump > 0);
    expect(b.take(spend(1)).ok).toBe(false);
    later.advance(1000);
    expect([b.take(spend(1)).ok, b.take(spend(1)).ok]).toEqual([true, false]);
  });

  it("is not full again when the clock was set between two processes of one run of the machine", () => {
    const shared = new Shared();
    const clockOf = (boot: string, startMs: number, aheadMs: number) =>
      new ManualClock(startMs, { machine: { boot, aheadMs } });
    const open = (id: string, clock: ManualClock) =>
      new InstanceRig(id, { shared, clock }, (ledger) =>
        ledger.define({ id: "r", type: "custom", capacity: { rpm: 60 } }),
      );
    const hour = 3_600_000;
    granted(open("a", clockOf("1", hour, 5000)).take(spend(60)));
    // 2 s later by the clock of the machine, hours later or earlier by that of the wall.
    for (const startMs of [9 * hour, 0]) {
      const b = open(`b${startMs}`, clockOf("1", startMs, 7000));
      expect(b.take(spend(3))).toMatchObject({ reason: "rate", available: 2 });
    }
    expect(open("c", clockOf("2", 9 * hour, 7000)).take(spend(60)).ok).toBe(true);
  });

  it("gives out its size and what flowed back, however often processes take turns", () => {
    const { clock, a, b } = two({ rpm: 600 });
    let spent = 0;
    for (let i = 0; i < 300; i++) {
      clock.advance(7);
      if ((i % 2 ? a : b).take(spend(1)).ok) spent++;
    }
    granted(a.take(spend(1)));
    while (a.take(spend(1)).ok) spent++;
    expect(spent + 1).toBeLessThanOrEqual(600 + 2100 / 100);
    expect(spent + 1).toBeGreaterThanOrEqual(600 + 2100 / 100 - 1);
  });
});

describe("two processes that want the same", () => {
  it("take turns, although the one that has it hands it on in one transaction", () => {
    const { clock, a, b } = two();
    let holder = { rig: a, grant: granted(a.take(one, { ticket: 0 })) };
    expect(b.take(one, { ticket: 0 }).ok).toBe(false);
    const turns: string[] = [];
    for (let i = 0; i < 20; i++) {
      clock.advance(1);
      const { rig, grant } = holder;
      const again = rig.handOn(grant, one, 0);
      const next = again.ok ? { rig, grant: again } : { rig: rig === a ? b : a, grant: null };
      holder = { rig: next.rig, grant: next.grant ?? granted(next.rig.take(one, { ticket: 0 })) };
      turns.push(holder.rig === a ? "a" : "b");
    }
    expect(turns.join("")).toBe("ba".repeat(10));
  });

  it("have halves of what there is when both want more", () => {
    const { a, b } = two(8);
    const held = { a: [] as Grant[], b: [] as Grant[] };
    const fill = (rig: InstanceRig, into: Grant[]) => {
      for (let got = rig.take(one, { ticket: 0 }); got.ok; got = rig.take(one, { ticket: 0 })) into.push(got);
    };
    fill(a, held.a);
    fill(b, held.b);
    expect([held.a.length, held.b.length]).toEqual([8, 0]);
    for (let i = 0; i < 8; i++) {
      const gone = held.a.shift();
      if (gone) a.give(gone);
      fill(a, held.a);
      fill(b, held.b);
    }
    expect(Math.abs(held.a.length - held.b.length)).toBeLessThanOrEqual(2);
  });

  it("pass one that could have its turn and does not take it, each time sooner", () => {
    const { clock, a, b } = two();
    const grant = granted(a.take(one, { ticket: 0 }));
    b.take(one, { ticket: 0 });
    let held: Grant = grant;
    const waits: number[] = [];
    for (let round = 0; round < 4; round++) {
      let waited = 0;
      let again = a.handOn(held, one, 0);
      for (; !again.ok; waited++) {
        clock.advance(1);
        again = a.take(one, { ticket: 0 });
      }
      waits.push(waited);
      held = again;
    }
    expect(waits).toEqual([50, 25, 13, 7]);
  });

  it("look for each other only while one waits for the other", () => {
    const { clock, a, b } = two();
    const grant = granted(a.take(one));
    expect(clock.pending).toBe(0);
    const heard: (readonly string[])[] = [];
    b.shared.onFreed((names) => heard.push(names));
    b.take(one, { ticket: 0 });
    clock.advance(200);
    expect([clock.pending, heard]).toEqual([1, []]);
    a.give(grant);
    clock.advance(25);
    expect(heard).toEqual([["r"]]);
    expect(b.take(one, { ticket: 0 }).ok).toBe(true);
    clock.advance(25);
    expect(clock.pending).toBe(0);
  });
});

describe("a process that died", () => {
  it("gives back once what it held, and is fenced in that transaction", () => {
    const { shared, clock, dead, a, b } = two(2);
    granted(a.take([{ resource: "r", amounts: 2 }]));
    granted(a.take([{ resource: "door", mode: "write" }]));
    expect(b.take(one, { ticket: 0 }).ok).toBe(false);
    dead.add("a");
    clock.advance(300);
    expect(b.take(one, { ticket: 0 }).ok).toBe(true);
    expect([b.fenced, shared.list("usage/").length]).toEqual([["a"], 1]);
    expect(b.take([{ resource: "door", mode: "write" }]).ok).toBe(true);
    expect(b.take(one).ok).toBe(true);
    expect(b.take(one).ok).toBe(false);
    clock.advance(300);
    b.shared.sync();
    expect(b.fenced).toEqual(["a"]);
  });

  it("is waited for in vain a few times, ever shorter, and then forgotten", () => {
    const { shared, clock, a, b } = two();
    let held = granted(a.take(one, { ticket: 0 }));
    b.take(one, { ticket: 0 });
    const began = clock.now();
    for (let round = 0; round < 10; round++) {
      let again = a.handOn(held, one, 0);
      while (!again.ok) {
        clock.advance(1);
        again = a.take(one, { ticket: 0 });
      }
      held = again;
    }
    expect(clock.now() - began).toBeLessThan(120);
    expect(shared.list("usage/")).toMatchObject([{ instance: "a" }]);
    // It lives after all: it says again what it wants when it looks the next time.
    b.shared.sync();
    b.turn(() => {});
    expect(shared.list("usage/")).toMatchObject([{ instance: "a" }, { instance: "b" }]);
  });
});

describe("who waits by hand", () => {
  it("has its turn among the tasks of another process, and is not told of any more", async () => {
    const { shared, clock, a } = two();
    const manager = new ResourceManager({
      baseDir: "/nonexistent",
      defaultResources: false,
      store: shared.connect(),
      clock,
    });
    manager.registerResource("r", "custom", 1);
    let held: Grant | Refusal = granted(a.take(one, { ticket: 0 }));
    const waiting = manager.acquire("r", "ada");
    expect(shared.list("usage/")).toMatchObject([{ wanted: { amounts: { units: 1 } } }, { instance: "a" }]);
    held = a.handOn(held, one, 0);
    expect(held.ok).toBe(false);
    clock.advance(25);
    expect(await waiting).toMatchObject({ userId: "ada" });
    expect(shared.list("usage/")).toMatchObject([{ instance: "a", used: [], wanted: { ticket: 2 } }]);
    expect(manager.deallocateResources("ada")).toBe(true);
    manager.close();
  });
});

describe("a transaction that failed", () => {
  it("may be written again only while nobody took what it has granted", () => {
    const { a, b } = two(2);
    const demand = a.ledger.compileDemand(one);
    let outcome: Grant | Refusal | undefined;
    const failing = () =>
      a.turn((turn) => {
        outcome = a.shared.grant(demand, "t", turn, Infinity);
        a.shared.end(turn);
        throw new Error("disk full");
      });
    expect(failing).toThrow("disk full");
    granted(outcome);
    granted(b.take(one));
    expect(a.store.transact((tx) => a.shared.holds(tx))).toBe(true);
    granted(b.take(one));
    expect(a.store.transact((tx) => a.shared.holds(tx))).toBe(false);
  });

  it("may not, when somebody else has spent of the same quota", () => {
    const { a, b } = two({ rpm: 60 });
    const demand = a.ledger.compileDemand(one);
    const failing = () =>
      a.turn((turn) => {
        a.shared.grant(demand, "t", turn, Infinity);
        a.shared.end(turn);
        throw new Error("disk full");
      });
    expect(failing).toThrow("disk full");
    expect(a.store.transact((tx) => a.shared.holds(tx))).toBe(true);
    granted(b.take(one));
    expect(a.store.transact((tx) => a.shared.holds(tx))).toBe(false);
  });
});
