import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryStore } from "@orch/core";
import { ManualClock } from "@orch/core/testing";
import { describe, expect, it } from "vitest";
import type { Grant } from "./ledger-state.ts";
import { ResourceManager } from "./resource-manager.ts";

const aManager = (options: object = {}) => {
  const clock = new ManualClock();
  const manager = new ResourceManager({
    baseDir: "/nonexistent",
    defaultResources: false,
    clock,
    ...options,
  });
  manager.registerResource("r", "custom", 10);
  return { manager, clock };
};
/** What a scheduler does: it books in the ledger itself. */
const book = ({ ledger }: ResourceManager, amounts: number): Grant => {
  const outcome = ledger.grant(ledger.compileDemand([{ resource: "r", amounts }]), "task", 0);
  if (!outcome.ok) throw new Error(outcome.reason);
  return outcome;
};

describe("a scheduler that books in the ledger", () => {
  it("counts against what the manager grants, and is shown as allocations", () => {
    const { manager } = aManager();
    const grant = book(manager, 8);
    expect(manager.allocate("r", "u", 3)).toBeNull();
    const [id = ""] = manager.allocationIds(grant);
    expect(manager.getResource("r")?.allocations.get(id)).toMatchObject({ userId: "task", amount: 8 });
    expect(manager.allocationIds(grant)).toEqual([id]);
    expect(manager.getResourceUsage("r")).toMatchObject({ allocated: { units: 8 }, current_users: 1 });
  });

  it("keeps what it holds: neither by id nor by user is it released here", () => {
    const { manager } = aManager();
    const [id = ""] = manager.allocationIds(book(manager, 8));
    expect([
      manager.release(id),
      manager.deallocateResources("task"),
      manager.getUsage("r")?.current,
    ]).toEqual([false, false, 8]);
  });

  it("serves those who wait here when it says what it gave back", async () => {
    const { manager } = aManager();
    const grant = book(manager, 8);
    const waiting = manager.acquire("r", "u", 3);
    manager.ledger.release(grant, 0);
    manager.notifyFreed(["r"]);
    expect(await waiting).toMatchObject({ userId: "u" });
  });

  it("hears what comes back here, until it stops listening", () => {
    const { manager } = aManager();
    const heard: (readonly string[])[] = [];
    const stop = manager.onFreed((names) => heard.push(names));
    manager.allocateResources("u", { r: 1 });
    manager.deallocateResources("u");
    manager.setCapacity("r", 12);
    stop();
    manager.setCapacity("r", 10);
    expect(heard).toEqual([["r"], []]);
  });

  it("reads in its own transaction what other managers granted", () => {
    const store = memoryStore();
    const [mine, other] = [aManager({ store }).manager, aManager({ store }).manager];
    other.allocate("r", "u", 9);
    const outcome = store.transact((tx) => {
      mine.refresh(tx);
      return mine.ledger.fits(mine.ledger.compileDemand([{ resource: "r", amounts: 2 }]), "task", 0);
    });
    expect(outcome).toBe(false);
  });

  it("is left out of the file: its work ends with it", () => {
    const folder = mkdtempSync(join(tmpdir(), "orch-resources-"));
    const { manager } = aManager({ baseDir: folder });
    book(manager, 0.3);
    for (let i = 0; i < 3; i++) manager.allocate("r", "u", 0.1);
    const saved = JSON.parse(readFileSync(manager.save(), "utf8")).resources.r;
    expect(saved).toMatchObject({
      allocated: { units: 0.3 },
      current_users: ["u"],
      allocations: [{}, {}, {}],
    });
    rmSync(folder, { recursive: true });
  });
});
