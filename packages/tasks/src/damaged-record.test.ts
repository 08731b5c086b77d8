import { mkdtempSync, readdirSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Logger, type OrchestrationError, StorageError, type Store } from "@orch/core";
import { sqliteStore } from "@orch/core/sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";
import type { RecoveredTasks } from "./adopter.ts";
import type { ProcessProbe } from "./process-identity.ts";
import type { Task, TaskInit } from "./task.ts";

const LARGE = "q".repeat(300_000);
/** Too large to share a row with other tasks. */
const BULKY = "q".repeat(10_000);
const NOTHING_FOUND: RecoveredTasks = { adopted: [], failed: [], waiting: [] };

let folder = "";
let path = "";
const gone = new Set<number>();
let pids = 0;
const open: (() => Promise<void>)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "orch-damaged-"));
  path = join(folder, "s.db");
});
afterEach(async () => {
  for (const close of open.splice(0)) await close();
  rmSync(folder, { recursive: true });
});

/** A process on the database, with what it has been given. */
function aProcess({ wrap = (store: Store) => store, logger }: Wrapped = {}) {
  const pid = ++pids;
  const store = wrap(sqliteStore(path, { durability: "normal" }));
  const probe: ProcessProbe = {
    self: { pid, startTime: "0", bootId: "boot", pidNamespace: "pid" },
    liveness: (other) => (gone.has(other.pid) ? "dead" : "alive"),
  };
  const rig = new OrchestratorRig({ store, probe, ...(logger ? { logger } : {}) });
  open.push(async () => {
    if (gone.has(pid)) return;
    await rig.finishAll();
    await rig.orchestrator.close();
  });
  return {
    rig,
    store,
    submit: async (...tasks: [action: "ok" | "slow", init: Partial<TaskInit>][]) => {
      for (const [action, init] of tasks) rig.orchestrator.submitTask(taskOf(rig, action, init));
      await rig.settle();
    },
    recover: async (): Promise<RecoveredTasks> => {
      rig.orchestrator.startExecution();
      const found = rig.orchestrator.recover();
      found.catch(() => {});
      await rig.settle();
      return found;
    },
    die: () => {
      gone.add(pid);
      store.close();
    },
  };
}

interface Wrapped {
  readonly wrap?: (store: Store) => Store;
  readonly logger?: Logger;
}

const taskOf = (rig: OrchestratorRig, action: "ok" | "slow", init: Partial<TaskInit>): Task =>
  rig.task(action, init.id === undefined ? init : { name: init.id, ...init });

/** Does something to each file of a large value. */
function damageFiles(how: "missing" | "garbage"): void {
  const names = readdirSync(`${path}-blobs`);
  expect(names).not.toEqual([]);
  for (const name of names)
    if (how === "missing") unlinkSync(join(`${path}-blobs`, name));
    else writeFileSync(join(`${path}-blobs`, name), "garbage");
}

/** Puts a text that is no JSON into rows of a collection. */
function damageRows(collection: "tasks" | "backlog" | "marks" | "cache", where = "1"): void {
  const database = new DatabaseSync(path);
  const { changes } = database.prepare(`UPDATE "c_${collection}" SET v = '{"no json' WHERE ${where}`).run();
  database.close();
  expect(changes).toBeGreaterThan(0);
}

const storedStatus = (store: Store, id: string): unknown => store.list(`tasks/${id}`, { fields: ["status"] });

describe.each(["missing", "garbage", "row"] as const)("a task that is damaged in the store: %s", (how) => {
  const damage = (id: string) => (how === "row" ? damageRows("tasks", `k = '${id}'`) : damageFiles(how));

  it("fails by itself when its process has died; all others are gone on with", async () => {
    const first = aProcess();
    await first.submit(
      ["slow", { id: "first" }],
      ["ok", { id: "damaged", dependencies: ["first"], parameters: { text: LARGE } }],
      ["ok", { id: "beside", dependencies: ["first"], parameters: { text: BULKY } }],
      ["ok", { id: "behind", dependencies: ["damaged"] }],
      ["ok", { id: "innocent", dependencies: ["first"] }],
    );
    first.die();
    damage("damaged");

    const second = aProcess();
    const { orchestrator } = second.rig;
    const found = await second.recover();
    expect(found).toEqual({
      adopted: ["first", "beside", "behind", "innocent"],
      failed: ["damaged"],
      waiting: [],
    });
    expect(orchestrator.getTaskStatus("behind")).toBe("skipped");
    await second.rig.finishAll();
    expect(["beside", "innocent"].map((id) => orchestrator.getTaskStatus(id))).toEqual([
      "completed",
      "completed",
    ]);
    expect(orchestrator.getTaskResult("damaged")).toMatchObject({
      status: "failed",
      errorCode: "STORE_CORRUPT",
    });
    expect(await orchestrator.waitForCompletion({ taskIds: ["damaged"] })).toBe(true);
    const letter = { reason: "failed", code: "STORE_CORRUPT", attempts: 0 };
    expect(orchestrator.deadLetters.get("damaged")).toMatchObject(letter);
    // What it was asked is lost: nothing runs in its place.
    expect(() => orchestrator.deadLetters.retry("damaged")).toThrow("cannot be submitted again");
    expect(second.rig.called).not.toContain("damaged");
    await orchestrator.close();

    const third = aProcess();
    expect(await third.recover()).toEqual(NOTHING_FOUND);
    expect(third.rig.orchestrator.runtime.error).toBeNull();
  });

  it("fails those that need its result, and nobody else, when they are gone on with", async () => {
    const first = aProcess();
    await first.submit(
      ["ok", { id: "source", parameters: { value: LARGE } }],
      ["slow", { id: "hold" }],
      ["slow", { id: "running", dependencies: ["source"] }],
      ["ok", { id: "user", dependencies: ["hold", "source"], onDependencyFailure: "continue" }],
      ["ok", { id: "behind", dependencies: ["user"] }],
      ["ok", { id: "innocent", dependencies: ["hold"] }],
    );
    first.die();
    damage("source");

    const second = aProcess();
    const { orchestrator } = second.rig;
    const found = await second.recover();
    // Of a row that cannot be read at all nobody knows that its task had ended.
    expect(found.failed).toEqual(how === "row" ? ["source"] : []);
    const status = how === "row" ? "failed" : "completed";
    expect(storedStatus(second.store, "source")).toEqual([["tasks/source", { status }]]);
    const failure = { status: "failed", errorCode: "STORE_CORRUPT" };
    expect(orchestrator.getTaskResult("running")).toMatchObject(failure);
    expect(await orchestrator.waitForCompletion({ taskIds: ["source"] })).toBe(true);
    await second.rig.finishAll();
    expect(["running", "user", "behind", "innocent"].map((id) => orchestrator.getTaskStatus(id))).toEqual(
      how === "row"
        ? ["failed", "completed", "completed", "completed"]
        : ["failed", "failed", "skipped", "completed"],
    );
    if (how === "row") return;
    const { errorMessage } = orchestrator.getTaskResult("user") ?? {};
    expect(errorMessage).toContain("'source'");
    expect(orchestrator.deadLetters.get("user")).toMatchObject({ code: "STORE_CORRUPT" });
  });

  it("fails what is submitted later and needs its result; the loop goes on", async () => {
    const first = aProcess();
    await first.submit(["ok", { id: "source", parameters: { value: LARGE } }]);
    await first.rig.orchestrator.close();
    damage("source");

    const { rig } = aProcess();
    const other = rig.orchestrator.executeTask(taskOf(rig, "slow", { id: "other" }));
    await rig.settle();
    const user = rig.orchestrator.executeTask(
      taskOf(rig, "ok", { id: "user", dependencies: ["source"], parameters: { value: "${source.result}" } }),
    );
    await rig.settle();
    const result = await user;
    expect(result).toMatchObject({ status: "failed", errorCode: "STORE_CORRUPT" });
    expect(result.errorMessage).toContain("'source'");
    await rig.finish("done");
    expect(await other).toMatchObject({ status: "completed", data: "done" });
    expect(rig.orchestrator.runtime.error).toBeNull();
  });
});

it("calls for a cached result again when it is damaged, and keeps the new one in its place", async () => {
  const cached = { name: "n", cache: true, parameters: { value: 7 } };
  const first = aProcess();
  await first.submit(["ok", cached]);
  await first.rig.orchestrator.close();
  damageRows("cache");
  const second = aProcess();
  await second.submit(["ok", cached], ["slow", { id: "other" }]);
  expect(second.rig.called.toSorted()).toEqual(["n", "other"]);
  expect(second.rig.orchestrator.runtime.error).toBeNull();
  await second.submit(["ok", cached]);
  expect(second.rig.called.toSorted()).toEqual(["n", "other"]);
});

describe("a task that is damaged while its process lives", () => {
  it("is waited for by others: that process has it in memory, and writes how it ended", async () => {
    const [first, second] = [aProcess(), aProcess()];
    await first.submit(["slow", { id: "theirs", parameters: { text: LARGE } }]);
    damageRows("tasks", "k = 'theirs'");
    await second.submit(["ok", { id: "ours", dependencies: ["theirs"] }]);
    expect(second.rig.orchestrator.getTaskStatus("ours")).toBe("blocked");
    await first.rig.finish("well");
    second.rig.clock.advance(250);
    await second.rig.settle();
    expect(second.rig.orchestrator.getTaskStatus("ours")).toBe("completed");
  });

  it("keeps nobody from hearing of its other tasks", async () => {
    const [first, second] = [aProcess(), aProcess()];
    await first.submit(
      ["slow", { id: "damaged", parameters: { text: BULKY } }],
      ["slow", { id: "other", name: "other" }],
    );
    const { orchestrator, clock } = second.rig;
    orchestrator.startExecution();
    const ended: string[] = [];
    const both = ["damaged", "other"].map((id) =>
      orchestrator.waitForCompletion({ taskIds: [id] }).then(() => ended.push(id)),
    );
    await second.rig.settle();
    damageRows("tasks", "k = 'damaged'");
    first.rig.calls.find(({ name }) => name === "other")?.resolve();
    await first.rig.settle();
    clock.advance(250);
    await second.rig.settle();
    expect(ended).toEqual(["other"]);
    await first.rig.finishAll();
    clock.advance(250);
    await second.rig.settle();
    await Promise.all(both);
    expect(ended).toEqual(["other", "damaged"]);
  });

  it("skips those who waited when it is given up later by the one of them that finds its process dead", async () => {
    const [first, second] = [aProcess(), aProcess()];
    await first.submit(["slow", { id: "theirs", parameters: { text: LARGE } }]);
    await second.submit(["ok", { id: "ours", dependencies: ["theirs"] }]);
    second.rig.clock.advance(250);
    await second.rig.settle();
    first.die();
    damageFiles("missing");
    expect((await second.recover()).failed).toEqual(["theirs"]);
    expect(second.rig.orchestrator.getTaskStatus("ours")).toBe("skipped");
  });
});

describe("rows that several tasks share", () => {
  const written: OrchestrationError["message"][] = [];
  const nothing = () => {};
  const logger: Logger = {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: (message) => written.push(message),
  };

  it("stay where they are when they cannot be read, and are told once; the other rows are gone on with", async () => {
    const first = aProcess();
    for (const id of ["a", "b", "c"]) await first.submit(["slow", { id }]);
    first.die();
    damageRows("backlog", "k LIKE '%/0000000002'");
    const second = aProcess({ logger });
    expect(await second.recover()).toEqual({ adopted: ["a", "c"], failed: [], waiting: [] });
    expect(await second.recover()).toEqual(NOTHING_FOUND);
    expect(written).toEqual([expect.stringContaining("0000000002")]);
    await second.rig.finishAll();
    expect(second.rig.called).toEqual(["a", "c"]);
    await second.rig.orchestrator.close();
    const database = new DatabaseSync(path);
    expect(database.prepare("SELECT count(*) AS n FROM c_backlog").get()).toEqual({ n: 1 });
    database.close();
  });

  it("cost no more than what has changed since when that cannot be read", async () => {
    const first = aProcess();
    await first.submit(["slow", { id: "a" }]);
    await first.submit(["slow", { id: "b", dependencies: ["a"] }]);
    await first.rig.finish();
    first.die();
    damageRows("marks");
    const second = aProcess();
    expect((await second.recover()).adopted).toEqual(["b"]);
    await second.rig.finishAll();
    expect(second.rig.orchestrator.getTaskStatus("b")).toBe("completed");
  });
});

it.each([
  ["the disk refuses", new StorageError("the disk reports an error")],
  ["the whole database is damaged", new StorageError("no database", { code: "STORE_CORRUPT" })],
])("no task is given up for what is no fault of its record: %s", async (_, refusal) => {
  const first = aProcess();
  await first.submit(["slow", { id: "a", parameters: { text: BULKY } }]);
  first.die();
  const get: Store["get"] = (key) => {
    if (key === "tasks/a") throw refusal;
    return undefined;
  };
  const refusing = (store: Store): Store => ({
    get: (key) => get(key) ?? store.get(key),
    list: (prefix, options) => store.list(prefix, options),
    foreignVersion: () => store.foreignVersion(),
    close: () => store.close(),
    transact: (work) =>
      store.transact((tx) =>
        work({
          get: (key) => get(key) ?? tx.get(key),
          list: (prefix, options) => tx.list(prefix, options),
          put: (key, value) => tx.put(key, value),
          delete: (key) => tx.delete(key),
        }),
      ),
  });
  const second = aProcess({ wrap: refusing });
  await expect(second.recover()).rejects.toThrow(refusal.message);
  await second.rig.orchestrator.close();
  const third = aProcess();
  expect(await third.recover()).toEqual({ adopted: ["a"], failed: [], waiting: [] });
  await third.rig.finishAll();
});
