import { setImmediate as nextTurn } from "node:timers/promises";
import { type JsonObject, memoryStore } from "@orch/core";
import { ManualClock } from "@orch/core/testing";
import type { ActionContext } from "@orch/tasks";
import { describe, expect, it } from "vitest";
import type { LogOptions } from "../src/log-reader.ts";
import type { WorkflowManager } from "../src/workflow-manager.ts";
import { aManager, drive, probeOf, settle } from "./rig.ts";

const aStep = (name: string, action: string, more: JsonObject = {}): JsonObject => ({
  ...{ name, module: "say", action, max_retries: 0, retry_delay: 0 },
  ...more,
});

/** A manager with actions that log. */
function aTalker(options: Parameters<typeof aManager>[0] = {}) {
  const made = aManager(options);
  made.modules.registerModule("say", {
    words: ({ words = [] }, { logger }: ActionContext) => {
      for (const word of words as string[]) logger.info(word, { length: word.length });
      return null;
    },
    levels: (_, { logger }: ActionContext) => {
      for (const level of ["debug", "info", "warn", "error"] as const) logger[level](`as ${level}`);
      return null;
    },
    fail: (_, { logger, attempt }: ActionContext) => {
      logger.warn(`try ${attempt}`);
      if (attempt < 3) throw new Error("not yet");
      return null;
    },
    much: (_, { logger }: ActionContext) => {
      for (let line = 0; line < 200; line++) logger.info("x".repeat(70_000));
      return null;
    },
    odd: (_, { logger }: ActionContext) => {
      const circle: Record<string, unknown> = {};
      circle["self"] = circle;
      logger.info("a circle", circle);
      logger.info("an error", { error: new Error("boom"), big: 10n, gone: undefined });
      logger.info(
        "a proxy",
        new Proxy(
          {},
          {
            ownKeys: () => {
              throw new Error("no keys");
            },
          },
        ),
      );
      return null;
    },
    drip: async (_, { logger, signal }: ActionContext) => {
      for (let line = 1; line <= 100; line++) {
        logger.info(String(line));
        await nextTurn();
      }
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    },
    hang: async (_, { logger, signal }: ActionContext) => {
      logger.info("begins");
      await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
  });
  return made;
}

async function linesOf(manager: WorkflowManager, id: string, options: LogOptions = {}) {
  const lines = [];
  for await (const line of manager.followLogs(id, options)) lines.push(line);
  return lines;
}

/** Those of the steps themselves, without the stacks of what they threw. */
const messages = async (manager: WorkflowManager, id: string, options: LogOptions = {}) =>
  (await linesOf(manager, id, { level: "info", ...options })).map(
    ({ step, attempt, message }) => `${step} ${attempt} ${message}`,
  );

describe("the log of an execution", () => {
  it("has what its steps said, in order, with step, attempt and fields, and keeps it", async () => {
    const { manager, clock } = aTalker();
    manager.createWorkflow("w", [
      aStep("a", "words", { parameters: { words: ["one", "three"] } }),
      aStep("b", "fail", { max_retries: 2, dependencies: ["a"] }),
    ]);
    const { executionId: id } = await drive(manager.executeWorkflow("w"), clock);
    const [first] = await linesOf(manager, id);
    expect(first).toEqual({
      ...{ sequence: 1, at: expect.any(Number), step: "a", attempt: 1, level: "info" },
      ...{ message: "one", fields: { length: 3 } },
    });
    expect(await messages(manager, id)).toEqual([
      "a 1 one",
      "a 1 three",
      "b 1 try 1",
      "b 2 try 2",
      "b 3 try 3",
    ]);
    expect(await messages(manager, id, { step: "b", attempt: 2 })).toEqual(["b 2 try 2"]);
    expect(await messages(manager, id, { after: 2, attempt: 1 })).toEqual(["b 1 try 1"]);
    const all = await linesOf(manager, id);
    expect(all.map(({ sequence }) => sequence)).toEqual(all.map((_, at) => at + 1));
    // The whole stack of a failed attempt is told nowhere else.
    expect(all.filter(({ level }) => level === "debug").map(({ step, attempt }) => [step, attempt])).toEqual([
      ["b", 1],
      ["b", 2],
    ]);
    expect(all.find(({ level }) => level === "debug")?.message).toMatch(/^Error: not yet\n {4}at /);
  });

  it("is read from a level on, and refuses what does not exist", async () => {
    const { manager, clock } = aTalker();
    manager.createWorkflow("w", [aStep("a", "levels")]);
    const { executionId: id } = await drive(manager.executeWorkflow("w"), clock);
    expect(await messages(manager, id, { level: "debug" })).toHaveLength(4);
    expect(await messages(manager, id, { level: "warn" })).toEqual(["a 1 as warn", "a 1 as error"]);
    await expect(linesOf(manager, "nobody")).rejects.toMatchObject({ code: "EXECUTION_NOT_FOUND" });
    await expect(linesOf(manager, id, { step: "b" })).rejects.toMatchObject({ code: "INVALID_PARAMETERS" });
  });

  it("tells items and undos apart", async () => {
    const { manager, clock } = aTalker();
    manager.createWorkflow("w", [
      aStep("each", "words", {
        foreach: ["x", "y"],
        parameters: { words: ["{{item}}"] },
        undo: { action: "words", parameters: { words: ["back"] } },
      }),
      aStep("last", "words", { action: "hang", timeout: 1, dependencies: ["each"] }),
    ]);
    const { executionId: id } = await drive(manager.executeWorkflow("w"), clock);
    const lines = await linesOf(manager, id, { step: "each" });
    expect(lines.map(({ item, undo = false, message }) => [item, undo, message])).toEqual([
      [0, false, "x"],
      [1, false, "y"],
      [undefined, true, "back"],
    ]);
  });

  it("takes any fields, and an action never fails for them", async () => {
    const { manager, clock } = aTalker();
    manager.createWorkflow("w", [aStep("a", "odd")]);
    const { executionId: id, status } = await drive(manager.executeWorkflow("w"), clock);
    expect(status).toBe("completed");
    const unshown = { left_out: "fields that JSON cannot hold" };
    expect((await linesOf(manager, id)).map(({ fields }) => fields)).toEqual([
      unshown,
      { error: "boom", big: "10" },
      unshown,
    ]);
  });

  it("is as long as it may be, and says where it was cut: lines, attempts, the whole", async () => {
    const { manager, clock } = aTalker();
    manager.createWorkflow("w", [aStep("a", "much"), aStep("b", "much", { dependencies: ["a"] })]);
    const { executionId: id } = await drive(manager.executeWorkflow("w"), clock);
    const lines = await linesOf(manager, id);
    expect(lines[0]?.message).toBe(`${"x".repeat(65_536)}… (70000 characters)`);
    const cuts = lines.filter(({ level }) => level === "warn").map(({ step, message }) => [step, message]);
    expect(cuts).toEqual([
      ["a", expect.stringMatching(/^… \(the log of this attempt is longer than 10485760 characters/)],
      ["b", expect.stringMatching(/^… \(the log of this execution is longer than 16777216 characters/)],
    ]);
    expect(lines.at(-1)?.level).toBe("warn");
    expect(JSON.stringify(lines).length).toBeLessThan(17 * 1024 * 1024);
  });

  it("is written while a step runs, and can be followed to the end", async () => {
    const { manager, clock } = aTalker();
    manager.createWorkflow("w", [aStep("a", "hang")]);
    const id = await drive(manager.startWorkflow("w"), clock);
    await settle();
    expect(await messages(manager, id)).toEqual(["a 1 begins"]);
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { message } of manager.followLogs(id, { follow: true })) seen.push(message);
    })();
    await settle();
    expect(seen).toEqual(["begins"]);
    expect(manager.cancelExecution(id)).toBe(true);
    await drive(reading, clock);
    expect(seen.slice(1)).toEqual([]);
  });

  it("is written at once, and in a burst all 50 ms", async () => {
    const { manager, clock, store } = aTalker();
    manager.createWorkflow("w", [aStep("a", "drip")]);
    const id = await drive(manager.startWorkflow("w"), clock);
    for (let turn = 0; turn < 10; turn++) await settle();
    expect(await messages(manager, id)).toEqual(["a 1 1"]);
    clock.advance(50);
    await settle();
    expect(await messages(manager, id)).toHaveLength(100);
    expect(store.list(`logs/${id}/`)).toHaveLength(2);
  });

  it("goes on where it was when another process takes the execution over", async () => {
    const store = memoryStore();
    const clock = new ManualClock();
    const first = aTalker({ store, clock, probe: probeOf(1) });
    const steps = [
      aStep("a", "hang"),
      aStep("b", "words", { parameters: { words: ["end"] }, dependencies: ["a"] }),
    ];
    first.manager.createWorkflow("w", steps);
    const id = await drive(first.manager.startWorkflow("w"), clock);
    await settle();
    // It dies here: nothing more of it is written.
    const second = aTalker({ store, clock: new ManualClock(clock.now() + 1000), probe: probeOf(2) });
    second.modules.registerModule("say", {
      hang: () => null,
      words: (_, { logger }) => {
        logger.info("end");
        return null;
      },
    });
    await drive(second.manager.recover(), second.clock);
    await drive(second.manager.waitForExecution(id), second.clock);
    const lines = await linesOf(second.manager, id);
    expect(lines.map(({ sequence, step, attempt, message }) => [sequence, step, attempt, message])).toEqual([
      [1, "a", 1, "begins"],
      [2, "b", 1, "end"],
    ]);
  });

  it("goes with the execution", async () => {
    const { manager, clock, store } = aTalker();
    manager.createWorkflow("w", [aStep("a", "levels")]);
    const { executionId: id } = await drive(manager.executeWorkflow("w"), clock);
    expect(store.list("logs/")).not.toEqual([]);
    manager.deleteExecution(id);
    expect(store.list("logs/")).toEqual([]);
  });

  it("costs nothing where nothing is logged", async () => {
    const { manager, clock, store } = aManager();
    manager.createWorkflow("w", [{ name: "a", module: "rec", action: "ok" }]);
    await drive(manager.executeWorkflow("w"), clock);
    expect(store.list("logs/")).toEqual([]);
  });
});
