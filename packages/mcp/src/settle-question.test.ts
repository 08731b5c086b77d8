import { newId } from "@orch/core";
import { ManualClock } from "@orch/core/testing";
import { expect, it } from "vitest";
import { aHost } from "../test/person-wire.ts";
import { sandbox } from "../test/sandbox.ts";
import { questionId, questionsOf } from "./open-question.ts";
import { bringAgain } from "./settle-question.ts";

const folder = sandbox();

it("brings an answer that was kept by a process which died before it came", async () => {
  await using host = aHost(folder());
  const { workflowManager } = host;
  const asked = Promise.withResolvers<void>();
  host.events.on("*", (event) => {
    if ((event as { type?: string }).type === "step_waiting") asked.resolve();
  });
  const id = newId();
  const ended = host.executeWorkflow("gate", {}, { executionId: id });
  await asked.promise;
  const [question] = workflowManager.openQuestions(id);
  if (!question) throw new Error("Nothing is asked");
  const answer = { approved: true };
  await host.decisions?.decide({ executionId: id, question: questionId(question), answer, by: "a" });
  // Nobody is asked again what was decided.
  expect(questionsOf(id, host)).toEqual([]);
  const clock = new ManualClock();
  const kept = host.decisions?.find(id, questionId(question))?.at ?? 0;
  const ageMs = clock.now() - kept;
  expect(ageMs).toBeGreaterThanOrEqual(2000);
  await bringAgain(id, host, clock);
  expect(await ended).toMatchObject({ success: true });
  await bringAgain(id, host, clock);
  expect(workflowManager.openQuestions(id)).toEqual([]);
});
