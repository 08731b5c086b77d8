import type { Store } from "@orch/core";
import { describe, expect, it } from "vitest";
import { countingStore } from "./crashing-store.ts";
import { aManager, drive } from "./rig.ts";

/** A run over `size` items that has ended; `read` says how many rows were listed since. */
async function aFan(size: number) {
  const { store } = countingStore();
  let rows = 0;
  const counted: Store = {
    ...store,
    list: (prefix, options) => {
      const found = store.list(prefix, options);
      rows += found.length;
      return found;
    },
  };
  const made = aManager({ store: counted, maxParallel: 50 });
  const items = Array.from({ length: size }, (_, index) => index);
  made.manager.createWorkflow("w", [
    { name: "list", module: "rec", action: "give", parameters: { value: items } },
    {
      ...{ name: "each", module: "rec", action: "give", foreach: "{{list.output}}", max_retries: 0 },
      parameters: { value: { twice: "{{item}}" } },
    },
  ]);
  const { executionId: id } = await drive(made.manager.executeWorkflow("w"), made.clock);
  const read = <Value>(work: () => Value) => {
    rows = 0;
    return { value: work(), rows };
  };
  return { ...made, id, read };
}

describe("an execution over a long list", () => {
  it("is told without outputs at a cost that does not grow with the list", async () => {
    const [small, large] = [await aFan(20), await aFan(2000)];
    const [few, many] = [small, large].map(({ read, manager, id }) =>
      read(() => manager.getExecution(id, { outputs: false })),
    );
    expect(many?.rows).toBe(few?.rows);
    expect(many?.value).toMatchObject({ status: "completed" });
    expect(many?.value?.results["each"]).toEqual({
      ...{ success: true, status: "completed", attempts: 1, retry_count: 0, cached: false, items: 2000 },
      ...{ execution_time: expect.any(Number), message: "Step each completed successfully" },
    });
    expect(large.manager.getExecution(large.id)?.result["each"]).toHaveLength(2000);
  });

  it("has pages of items, each at the cost of the page", async () => {
    const { manager, id, read } = await aFan(1000);
    const { value, rows } = read(() => manager.listItems(id, "each", { after: 499, limit: 3 }));
    expect(value.map(({ item, output, success }) => [item, output, success])).toEqual([
      [500, { twice: 500 }, true],
      [501, { twice: 501 }, true],
      [502, { twice: 502 }, true],
    ]);
    expect(rows).toBe(3);
    const all: number[] = [];
    for (let after = -1; ; ) {
      const page = manager.listItems(id, "each", { after });
      all.push(...page.map(({ item }) => item));
      const last = page.at(-1);
      if (last === undefined) break;
      after = last.item;
    }
    expect(all).toEqual(Array.from({ length: 1000 }, (_, index) => index));
  });

  it("has none of a step without a list, and tells what failed", async () => {
    const { manager, clock, id } = await aFan(1);
    expect(manager.listItems(id, "list")).toEqual([]);
    manager.createWorkflow("bad", [
      {
        name: "each",
        module: "rec",
        action: "boom",
        foreach: [1, 2],
        on_item_failure: "continue",
        max_retries: 0,
      },
    ]);
    const { executionId } = await drive(manager.executeWorkflow("bad"), clock);
    expect(manager.listItems(executionId, "each")).toMatchObject([
      {
        item: 0,
        success: false,
        message: "Step each, item 0 failed: boom!",
        error_code: "TASK_EXECUTION_FAILED",
      },
      { item: 1, success: false },
    ]);
  });

  it.each([
    ["an unknown execution", "nobody", "each", {}, "EXECUTION_NOT_FOUND"],
    ["an unknown step", null, "eech", {}, "INVALID_PARAMETERS"],
    ["no page", null, "each", { limit: 0 }, "INVALID_PARAMETERS"],
    ["a broken index", null, "each", { after: 1.5 }, "INVALID_PARAMETERS"],
  ])("refuses to list the items of %s", async (_name, who, step, options, code) => {
    const { manager, id } = await aFan(1);
    expect(() => manager.listItems(who ?? id, step, options)).toThrow(expect.objectContaining({ code }));
  });
});
