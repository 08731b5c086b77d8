import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { aBase, aStep, write } from "./base.ts";
import { type Called, call, resultOf } from "./call.ts";
import { orch, startOrch } from "./orch-process.ts";

const fileOf = (base: string) =>
  JSON.parse(readFileSync(join(base, "resources.json"), "utf8")) as {
    resources: Record<string, unknown>;
  };

const add = (base: string, ...args: string[]): Promise<Called> => call(base, "resource", "add", ...args);
const allocated = async (base: string, ...args: string[]): Promise<string> => {
  const { allocation } = resultOf(await call(base, "resource", "allocate", ...args, "--json")) as {
    allocation: { id: string };
  };
  return allocation.id;
};
const errorOf = (called: Called) => [called.code, resultOf(called)["error_code"]];

describe("orch resource add and remove", () => {
  it("loses nothing of what several processes write at once", async () => {
    const base = aBase();
    await add(base, "old");
    const ids = Array.from({ length: 3 }, (_, at) => `new${at}`);
    const twice = [...ids, "new0"].map((id) => orch(["resource", "add", id, "--json"], { cwd: base }));
    const removed = orch(["resource", "remove", "old"], { cwd: base });
    const codes = (await Promise.all([...twice, removed])).map(({ code }) => code);
    // One of the two that add the same is told that the other was faster.
    expect(codes.toSorted()).toEqual([0, 0, 0, 0, 2]);
    expect(Object.keys(fileOf(base).resources).sort()).toEqual(ids);
  });

  it("waits for whoever writes to the state, and changes nothing when that takes too long", async () => {
    const base = aBase();
    await add(base, "old");
    const other = new DatabaseSync(join(base, ".workflows", "state.db"));
    other.exec("BEGIN IMMEDIATE");
    try {
      for (const args of [
        ["add", "new"],
        ["add", "old", "--replace", "--capacity", "2"],
        ["remove", "old"],
      ]) {
        const refused = await call(base, "resource", ...args, "--json");
        expect(errorOf(refused)).toEqual([6, "STORE_LOCKED"]);
      }
    } finally {
      other.close();
    }
    expect(fileOf(base).resources).toEqual({ old: { type: "custom", capacity: 1 } });
  });

  it("writes what is asked for into the file of resources, and takes it out again", async () => {
    const base = aBase();
    const more = "--type gpu --capacity units=2 --name Lab\u001b[2J --tag lab --limit max_concurrent_users=2";
    const added = await add(base, "gpu0", ...more.split(" "), "--json");
    expect(resultOf(added)).toMatchObject({
      success: true,
      replaced: false,
      file: join(base, "resources.json"),
      resource: { resource_id: "gpu0", type: "gpu", capacity: { units: 2 } },
    });
    expect(fileOf(base).resources).toEqual({
      gpu0: {
        type: "gpu",
        name: "Lab\u001b[2J",
        capacity: { units: 2 },
        limits: { max_concurrent_users: 2 },
        tags: ["lab"],
      },
    });
    const list = await call(base, "resource", "list", "--type", "gpu");
    expect(list.stdout).toEqual(["  gpu0  gpu  available  0 of 2 units  Lab"]);
    const twice = await add(base, "gpu0", "--json");
    expect(errorOf(twice)).toEqual([2, "INVALID_PARAMETERS"]);
    expect((await call(base, "resource", "remove", "gpu0")).text).toBe(
      `Removed gpu0 from ${join(base, "resources.json")}`,
    );
    expect(errorOf(await call(base, "resource", "remove", "gpu0", "--json"))).toEqual([
      3,
      "RESOURCE_NOT_FOUND",
    ]);
  });

  it("puts one in place of that of the machine, which counts again when it is removed", async () => {
    const base = aBase();
    const own = await add(base, "system_cpu", "--type", "cpu", "--capacity", "cores=1", "--replace");
    expect(own.text).toMatch(/^Replaced system_cpu in /);
    expect((await call(base, "resource", "list", "--type", "cpu")).text).toMatch(/0 of 1 cores/);
    expect(resultOf(await call(base, "resource", "remove", "system_cpu", "--json"))).toMatchObject({
      default_is_back: true,
    });
    const refused = await call(base, "resource", "remove", "system_cpu", "--json");
    expect(errorOf(refused)).toEqual([2, "INVALID_STATE"]);
  });

  it("refuses what makes no resource, and writes nothing then", async () => {
    const base = aBase();
    for (const args of [
      ["x", "--capacity", "0"],
      ["x", "--capacity", "many"],
      ["x", "--capacity", "1", "--capacity", "2"],
      ["x", "--type", "spoon"],
      ["x", "--limit", "max_concurent_users=2"],
      ["x", "--limit", "max_concurrent_users=-2"],
      ["x", "--status", "broken"],
      [""],
    ])
      expect([args, ...errorOf(await add(base, ...args, "--json"))]).toEqual([args, 2, "INVALID_PARAMETERS"]);
    const near = resultOf(await add(base, "x", "--limit", "max_concurent_users=2", "--json"));
    expect(near["details"]).toHaveProperty("near.0", "max_concurrent_users");
    expect(existsSync(join(base, "resources.json"))).toBe(false);
    write(base, "resources.json", "{");
    expect(errorOf(await add(base, "x", "--json"))).toEqual([4, "STORAGE_ERROR"]);
  });
});

describe("orch resource allocate and release", () => {
  it("holds some of a resource until somebody gives it back, and says who holds it", async () => {
    const base = aBase();
    await add(base, "bench", "--capacity", "2");
    const id = await allocated(base, "bench", "--user", "ada", "--amount", "2");
    const usage = await call(base, "resource", "usage", "bench");
    expect(usage.text).toMatch(/In use +2 of 2 units/);
    expect(usage.text).toMatch(/Held by\n +[0-9a-f-]{36} +ada +2 units +since /);
    const busy = await call(base, "resource", "allocate", "bench", "--user", "bob", "--json");
    expect(errorOf(busy)).toEqual([6, "RESOURCE_UNAVAILABLE"]);
    expect(errorOf(await add(base, "bench", "--replace", "--json"))).toEqual([2, "INVALID_STATE"]);
    expect(errorOf(await call(base, "resource", "remove", "bench", "--json"))).toEqual([2, "INVALID_STATE"]);
    const near = await call(base, "resource", "release", `${id.slice(0, -1)}x`, "--json");
    expect(errorOf(near)).toEqual([3, "RESOURCE_NOT_FOUND"]);
    expect(resultOf(near)["details"]).toMatchObject({ near: [id] });
    expect((await call(base, "resource", "release", id)).text).toBe("Released bench, which ada held");
    expect(errorOf(await call(base, "resource", "release", id, "--json"))).toEqual([3, "RESOURCE_NOT_FOUND"]);
    expect(resultOf(await call(base, "resource", "usage", "bench", "--json"))).toMatchObject({
      allocations: [],
    });
  });

  it("gives back all that a user holds, and locks any name", async () => {
    const base = aBase();
    await add(base, "bench", "--capacity", "4");
    await allocated(base, "bench", "--user", "ada");
    await allocated(base, "bench", "--user", "ada", "--lease", "600");
    const lock = await allocated(base, "a.txt", "--user", "bob", "--mode", "write");
    const read = await call(
      base,
      "resource",
      "allocate",
      "a.txt",
      "--user",
      "cleo",
      "--mode",
      "read",
      "--json",
    );
    expect(errorOf(read)).toEqual([6, "RESOURCE_UNAVAILABLE"]);
    expect((await call(base, "resource", "release", lock)).code).toBe(0);
    const all = await call(base, "resource", "release", "--user", "ada");
    expect([all.code, all.text]).toEqual([0, "Released 2 allocations of ada"]);
    expect(errorOf(await call(base, "resource", "release", "--user", "ada", "--json"))[0]).toBe(3);
    expect(errorOf(await call(base, "resource", "release", "--json"))[0]).toBe(2);
    expect(errorOf(await call(base, "resource", "release", "x", "--user", "y", "--json"))[0]).toBe(2);
  });

  it("waits for what another process gives back", async () => {
    const base = aBase();
    await add(base, "bench");
    const id = await allocated(base, "bench", "--user", "ada");
    const late = await call(
      base,
      "resource",
      "allocate",
      "bench",
      "--user",
      "bob",
      "--wait",
      "0.05",
      "--json",
    );
    expect(errorOf(late)).toEqual([6, "RESOURCE_UNAVAILABLE"]);
    const waiting = startOrch(
      ["resource", "allocate", "bench", "--user", "bob", "--wait", "30", "--lease", "600", "--quiet"],
      { cwd: base },
    );
    const released = call(base, "resource", "release", id);
    const { code, stdout } = await waiting.ended;
    expect((await released).code).toBe(0);
    expect(code).toBe(0);
    const held = resultOf(await call(base, "resource", "usage", "bench", "--json"));
    expect(held["allocations"]).toMatchObject([{ id: stdout.trim(), user_id: "bob" }]);
  });

  it("refuses unknown resources, dimensions and amounts", async () => {
    const base = aBase();
    const bad: [string[], number, string][] = [
      [["system_cpv", "--user", "ada"], 3, "RESOURCE_NOT_FOUND"],
      [["system_cpu"], 2, "INVALID_PARAMETERS"],
      [["system_cpu", "--user", "ada", "--amount", "0"], 2, "INVALID_PARAMETERS"],
      [["system_cpu", "--user", "ada", "--amount", "spoons=1"], 2, "UNKNOWN_UNIT"],
      [["system_cpu", "--user", "ada", "--amount", "100000"], 6, "RESOURCE_UNAVAILABLE"],
      [["system_cpu", "--user", "ada", "--lease", "0"], 2, "INVALID_PARAMETERS"],
    ];
    for (const [args, exit, code] of bad)
      expect([args, ...errorOf(await call(base, "resource", "allocate", ...args, "--json"))]).toEqual([
        args,
        exit,
        code,
      ]);
  });
});

describe("orch resource usage", () => {
  it("counts what runs in other processes", async () => {
    const step = aStep("slow", "slow", { resources: [{ type: "custom", identifier: "bench", amount: 2 }] });
    const base = aBase({ "w.json": { steps: [step] } });
    await add(base, "bench", "--capacity", "3");
    const running = startOrch(["run", "w", "--json"], { cwd: base });
    await running.line(/step_started/);
    expect((await call(base, "resource", "usage", "bench")).text).toMatch(/In use +2 of 3 units/);
    expect((await call(base, "resource", "usage")).text).toMatch(/^ {2}custom +1 +66\.67 % in use$/m);
    expect(errorOf(await call(base, "resource", "remove", "bench", "--json"))).toEqual([2, "INVALID_STATE"]);
    running.child.kill("SIGTERM");
    expect((await running.ended).code).toBe(143);
    expect((await call(base, "resource", "usage", "bench")).text).toMatch(/In use +0 of 3 units/);
    expect(errorOf(await call(base, "resource", "usage", "bnch", "--json"))[0]).toBe(3);
  });
});
