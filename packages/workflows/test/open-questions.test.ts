import type { JsonObject } from "@orch/core";
import { describe, expect, it } from "vitest";
import { aManager, drive, settle } from "./rig.ts";

const approval = (name: string, rest: JsonObject = {}): JsonObject => ({
  ...{ name, module: "human", action: "approval", parameters: { message: `${name}?` } },
  ...rest,
});
const runs = (name: string, workflow: string, rest: JsonObject = {}): JsonObject => ({
  ...{ name, module: "workflow", action: "run", parameters: { workflow } },
  ...rest,
});

/** A manager whose workflow `w` waits, and the execution. */
async function waiting(...steps: JsonObject[]) {
  const rig = aManager();
  const form = { type: "object" };
  const input = { name: "size", module: "human", action: "input", parameters: { message: "How?", form } };
  const sleep = { name: "nap", module: "wait", action: "sleep", parameters: { duration: 9 } };
  rig.manager.createWorkflow("inner", [input, sleep]);
  rig.manager.createWorkflow("w", steps);
  const id = await drive(rig.manager.startWorkflow("w"), rig.clock);
  await settle();
  const asked = () => rig.manager.openQuestions(id).map(({ step }) => step);
  return { ...rig, id, asked };
}

describe("the open questions of an execution", () => {
  it("are those of its steps and of what runs inside of it, until they are answered", async () => {
    const { manager, id, asked, clock } = await waiting(
      approval("a"),
      runs("once", "inner"),
      runs("many", "inner", { foreach: [1, 2] }),
      runs("apart", "inner", { parameters: { workflow: "inner", detached: true } }),
    );
    expect(asked()).toEqual(["a", "size", "size", "size"]);
    const [first, inner] = manager.openQuestions(id);
    expect(first).toEqual({
      ...{ executionId: id, workflow: "w", step: "a", kind: "human.approval", message: "a?", form: null },
      ...{ attempt: 1, since: clock.now(), until: null },
    });
    expect(inner).toMatchObject({ workflow: "inner", kind: "human.input", form: { type: "object" } });
    await manager.answer(id, "a", true);
    expect(asked()).toEqual(["size", "size", "size"]);
    await manager.answer(inner?.executionId ?? "", "size", {});
    await settle();
    expect(asked()).toEqual(["size", "size"]);
    await drive(manager.requestCancel(id), clock);
    await settle();
    expect(asked()).toEqual([]);
    expect(manager.openQuestions("nobody knows it")).toEqual([]);
  });

  it("are answered by who means them, and not by who means an earlier one of the same step", async () => {
    const { manager, id, asked, clock } = await waiting(approval("a"));
    const [first] = manager.openQuestions(id);
    await manager.answer(id, "a", false, { since: first?.since });
    await settle();
    clock.advance(1000);
    await drive(manager.resumeExecution(id), clock);
    await settle();
    const [second] = manager.openQuestions(id);
    expect(second).toMatchObject({ attempt: 2, since: (first?.since ?? 0) + 1000 });
    await expect(manager.answer(id, "a", true, { since: first?.since })).rejects.toMatchObject({
      code: "INVALID_STATE",
    });
    expect(asked()).toEqual(["a"]);
    await manager.answer(id, "a", true, { since: second?.since });
    expect((await drive(manager.waitForExecution(id), clock))?.success).toBe(true);
  });
});
