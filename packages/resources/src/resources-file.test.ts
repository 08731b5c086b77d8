import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "@orch/core/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ResourceManager } from "./resource-manager.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "orch-resources-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (content: unknown, name = "resources.json") =>
  writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
const open = (options: object = {}) => {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const logger = { debug() {}, info() {}, error() {}, warn: (message: string) => warnings.push(message) };
  const manager = new ResourceManager({
    baseDir: folder,
    defaultResources: false,
    clock,
    logger,
    ...options,
  });
  return { manager, clock, warnings };
};

describe("resources.json", () => {
  it("needs only type and capacity, and wins over the default pool", () => {
    write({
      resources: {
        gpu0: { type: "gpu", capacity: { units: 2 } },
        system_cpu: { type: "cpu", capacity: { cores: 3 }, name: "Mine" },
      },
    });
    const { manager } = open({ defaultResources: true });
    expect(manager.getResource("gpu0")).toMatchObject({ id: "gpu0", name: "gpu0", capacity: { units: 2 } });
    expect(manager.getResource("system_cpu")).toMatchObject({ name: "Mine", capacity: { cores: 3 } });
    expect(manager.listResources()).toHaveLength(9);
  });

  it("keeps everything through save and load: limits, tags, counters, leases, unknown keys", () => {
    write({
      resources: {
        gpu0: {
          id: "gpu0",
          name: "GPU 0",
          type: "gpu",
          capacity: { units: 2 },
          limits: { max_concurrent_users: 2, color: "red" },
          tags: ["lab"],
          total_allocations: 5,
          owner: "lab",
          status: "maintenance",
        },
        r: { type: "custom", capacity: 10, unit: "rows" },
      },
    });
    const first = open();
    first.manager.setResourceStatus("r", "available");
    const short = first.manager.allocateOrThrow("r", "u", 1, { timeoutMs: 1000 });
    const long = first.manager.allocateOrThrow("r", "u", 2, { timeoutMs: 60_000, metadata: { a: [1] } });
    const saved = first.manager.save();
    expect([saved, readdirSync(folder)]).toEqual([join(folder, "resources.json"), ["resources.json"]]);
    const dict = JSON.parse(readFileSync(saved, "utf8"));
    expect(dict.resources.gpu0).toMatchObject({
      limits: { max_concurrent_users: 2, color: "red" },
      owner: "lab",
      status: "maintenance",
      total_allocations: 5,
    });
    expect(dict.resources.r).toMatchObject({
      allocated: { rows: 3 },
      current_users: ["u"],
      total_allocations: 2,
    });
    const clock = new ManualClock(first.clock.now() + 1000);
    const { manager } = open({ clock });
    expect([manager.getAllocation(short.id), manager.getAllocation(long.id)]).toEqual([null, long]);
    expect(manager.getResource("r")).toMatchObject({
      allocated: { rows: 2 },
      currentUsers: new Set(["u"]),
      totalAllocations: 2,
    });
    expect(manager.getResource("gpu0")?.status).toBe("maintenance");
    clock.advance(59_000);
    expect(manager.getUsage("r")?.current).toBe(0);
  });

  it("is loaded again over what is in use without dropping it", () => {
    const { manager } = open();
    manager.registerResource("r", "custom", 10);
    const allocation = manager.allocateOrThrow("r", "u", 6);
    write(
      {
        resources: {
          r: { type: "custom", capacity: 4, name: "Smaller", tags: ["x"] },
          s: { type: "gpu", capacity: 1 },
        },
      },
      "other.json",
    );
    expect(manager.load(join(folder, "other.json"))).toBe(2);
    expect(manager.getResource("r")).toMatchObject({
      name: "Smaller",
      capacity: 4,
      tags: ["x"],
      allocated: { units: 6 },
    });
    expect([
      manager.allocate("r", "u", 1),
      manager.release(allocation.id),
      manager.allocate("s", "u", 1) !== null,
    ]).toEqual([null, true, true]);
  });

  it("warns of use that no allocation accounts for, and does not take it up", () => {
    write({ resources: { r: { type: "custom", capacity: 10, allocated: { units: 4 } } } });
    const { manager, warnings } = open();
    expect(warnings).toEqual(["Resource 'r': 4 units recorded as allocated, 0 in allocations"]);
    expect(manager.getResource("r")).toMatchObject({ allocated: {}, status: "available" });
  });

  it.each([
    ["{", /Cannot read resources from '.*bad\.json'/],
    ["[]", /must hold/],
    [
      { resources: { a: 5, b: { type: "nope", capacity: 1 }, c: { type: "cpu", capacity: -1 } } },
      /resources\.a: must be an object/,
    ],
  ])("is refused whole when it is wrong: %j", (content, message) => {
    const { manager } = open();
    write(content, "bad.json");
    const path = join(folder, "bad.json");
    expect(() => manager.load(path)).toThrow(
      expect.objectContaining({
        code: "STORAGE_ERROR",
        message: expect.stringMatching(message),
        details: expect.objectContaining({ path }),
      }),
    );
    expect(manager.listResources()).toEqual([]);
  });

  it("names every wrong entry", () => {
    write({
      resources: {
        a: 5,
        b: { type: "nope", capacity: 1 },
        c: { type: "cpu", capacity: -1 },
        d: { type: "cpu" },
      },
    });
    let problems: unknown;
    try {
      open();
    } catch (error) {
      problems = (error as { details: { problems: { path: string }[] } }).details.problems.map(
        ({ path }) => path,
      );
    }
    expect(problems).toEqual(["resources.a", "resources.b", "resources.c"]);
  });

  it("says when it cannot be written, and leaves nothing behind", () => {
    const { manager } = open();
    write("x", "file");
    expect(() => manager.save(join(folder, "file", "r.json"))).toThrow(
      expect.objectContaining({ code: "STORAGE_ERROR" }),
    );
    expect(readdirSync(folder)).toEqual(["file"]);
  });
});
