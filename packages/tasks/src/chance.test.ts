import { noopLogger } from "@orch/core";
import { expect, it } from "vitest";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";
import { boundedChance } from "./chance.ts";

it("makes a number from 0 to 1 of whatever comes, and says so once", () => {
  const told: string[] = [];
  const logger = { ...noopLogger, warn: (message: string) => told.push(message) };
  const given: unknown[] = [
    0.25,
    0,
    1,
    -3,
    7,
    Number.POSITIVE_INFINITY,
    Number.NaN,
    "0.3",
    Symbol("s"),
    0.75,
  ];
  const left = given.values();
  const chance = boundedChance(() => left.next().value as number, logger);
  expect(given.map(() => chance())).toEqual([0.25, 0, 1, 0, 1, 1, 0.5, 0.5, 0.5, 0.75]);
  expect(told).toEqual([expect.stringContaining("gave -3")]);
});

it.each<[string, () => number]>([
  [
    "throws",
    () => {
      throw new Error("no luck");
    },
  ],
  ["gives NaN", () => Number.NaN],
  ["gives Infinity", () => Number.POSITIVE_INFINITY],
])("lets a task end and its retry come when chance %s", async (_what, random) => {
  const told: string[] = [];
  const logger = { ...noopLogger, warn: (message: string) => told.push(message) };
  const rig = new OrchestratorRig({ random, logger });
  const good = rig.task("ok");
  const bad = rig.task("bad", { maxRetries: 1, retryDelayMs: 1000 });
  const results = [rig.orchestrator.executeTask(good), rig.orchestrator.executeTask(bad)];
  await rig.settle();
  rig.clock.advance(1000);
  await rig.settle();
  expect(await Promise.all(results)).toMatchObject([
    { status: "completed" },
    { status: "failed", attempts: 2 },
  ]);
  expect(told.filter((message) => message.includes("random"))).toHaveLength(1);
});
