import { existsSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { policyOf } from "../src/policy.ts";
import { ASKABLE, accept, aHost, type Era, keyFile, modeOf, sitDown } from "./person-wire.ts";
import { sandbox } from "./sandbox.ts";

const folder = sandbox();
const ERAS: readonly Era[] = ["legacy", "modern"];
const APPROVAL_REQUIRED = { error_code: "APPROVAL_REQUIRED" };

/** The last run of a host. */
function lastRun({ workflowManager }: ReturnType<typeof aHost>) {
  const [last] = workflowManager.listExecutions({ limit: 1 });
  if (!last) throw new Error("There is no run");
  return { id: last.id, ...last.record };
}

/** Answers as a person in either era: what the client was asked, and what the call came to. */
async function answering(
  era: Era,
  client: Awaited<ReturnType<typeof sitDown>>,
  workflow: string,
  said: object,
) {
  const first = client.run(workflow);
  if (era === "legacy") {
    const asked = await client.say(said);
    return { asked: asked.params, result: (await first).result };
  }
  const { result: round } = await first;
  expect(round).toMatchObject({ resultType: "input_required", requestState: expect.any(String) });
  const { requestState, inputRequests } = round;
  const second = await client.run(workflow, { requestState, inputResponses: { answer: said } });
  return { asked: inputRequests.answer.params, result: second.result };
}

describe.each(ERAS)("a run that waits for a person, in the %s era", (era) => {
  it("goes on with what the person at the client decides", async () => {
    await using host = aHost(folder());
    await using client = await sitDown(host, era, ASKABLE);
    const { asked, result } = await answering(
      era,
      client,
      "gate",
      accept({ decision: "approve", comment: "go" }),
    );
    expect(asked).toMatchObject({
      message: expect.stringMatching(/^Step 'ok' of workflow 'gate' \(run .+\) asks: Ship it\?$/),
      requestedSchema: { properties: { decision: { enum: ["approve", "reject"] } }, required: ["decision"] },
    });
    expect(result).toMatchObject({ isError: false, structuredContent: { success: true } });
    expect(result.structuredContent.data.results).toMatchObject({
      ok: { output: { approved: true, comment: "go", by: "stdio" } },
      ship: { output: "shipped" },
    });
    expect(host.workflowManager.listExecutions()).toHaveLength(1);
    expect(modeOf(keyFile(host.config.baseDir))).toBe(0o600);
  });

  it("fails where the person says no, for good", async () => {
    await using host = aHost(folder());
    await using client = await sitDown(host, era, ASKABLE);
    const { result } = await answering(era, client, "gate", accept({ decision: "reject", comment: "late" }));
    expect(result).toMatchObject({
      isError: true,
      structuredContent: { error: { error_code: "APPROVAL_REJECTED" } },
    });
  });

  it("asks for a form, and inside of another run", async () => {
    await using host = aHost(folder());
    await using client = await sitDown(host, era, ASKABLE);
    const { result } = await answering(era, client, "form", accept({ size: 3 }));
    expect(result.structuredContent.data.results.ask.output).toEqual({ size: 3 });
    const inner = await answering(era, client, "outer", accept({ decision: "approve" }));
    expect(inner.result).toMatchObject({ isError: false, structuredContent: { success: true } });
  });

  it.each(["decline", "cancel"])("keeps waiting after a %s, and says how to answer", async (action) => {
    await using host = aHost(folder());
    await using client = await sitDown(host, era, ASKABLE);
    const { result } = await answering(era, client, "gate", { action });
    const { id, status } = lastRun(host);
    expect(status).toBe("running");
    expect(result).toMatchObject({
      isError: true,
      structuredContent: {
        data: { execution_id: id, waiting: { step: "ok", kind: "human.approval", message: "Ship it?" } },
        error: {
          ...APPROVAL_REQUIRED,
          suggestions: [
            expect.stringContaining(`orch execution answer ${id} ok true|false`),
            expect.stringContaining("approve_step"),
            expect.any(String),
          ],
        },
      },
    });
    await host.workflowManager.answer(id, "ok", true);
    expect(await host.waitForWorkflow(id)).toMatchObject({ success: true });
  });

  it.each([
    ["a client that cannot ask", {}, "gate", {}],
    ["a client that asks by links alone", { elicitation: { url: {} } }, "gate", {}],
    ["an operator who does not want it", ASKABLE, "gate", { elicitation: false }],
    ["a form that asks for a secret", ASKABLE, "secret", {}],
    ["a form that is not flat", ASKABLE, "nested", {}],
  ])("is not asked about through %s", async (_, abilities, workflow, policy) => {
    await using host = aHost(folder());
    await using client = await sitDown(host, era, abilities, { policy: { ...policyOf("run"), ...policy } });
    const { result } = await client.run(workflow);
    expect(result).toMatchObject({ isError: true, structuredContent: { error: APPROVAL_REQUIRED } });
    expect(lastRun(host).status).toBe("running");
    expect(existsSync(keyFile(host.config.baseDir))).toBe(false);
  });

  it("ends when its call is given up between two questions", async () => {
    await using host = aHost(folder());
    await using client = await sitDown(host, era, ASKABLE);
    const begun = Promise.withResolvers<void>();
    host.modules.register("work", "wait", (_parameters, { signal }) => {
      begun.resolve();
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
    host.workflowManager.createWorkflow("slow", [
      { name: "ok", module: "human", action: "approval", parameters: { message: "?" } },
      { name: "wait", module: "work", action: "wait", dependencies: ["ok"], max_retries: 0 },
    ]);
    const call = answering(era, client, "slow", accept({ decision: "approve" }));
    call.catch(() => {});
    await begun.promise;
    client.wire.input.end();
    const { id } = lastRun(host);
    expect(await host.waitForWorkflow(id)).toMatchObject({ success: false });
    expect(lastRun(host).status).toBe("cancelled");
  });
});

describe("what a client keeps of a question", () => {
  /** A run that waits, and what the client was given. */
  async function asked(client: Awaited<ReturnType<typeof sitDown>>, workflow = "gate"): Promise<string> {
    const { result } = await client.run(workflow);
    return result.requestState;
  }
  const YES = { inputResponses: { answer: accept({ decision: "approve" }) } };
  const NO = { inputResponses: { answer: accept({ decision: "reject" }) } };

  it("has no effect when it is sent again: what was said first counts", async () => {
    await using host = aHost(folder());
    await using client = await sitDown(host, "modern", ASKABLE);
    const requestState = await asked(client, "twice");
    const second = await client.run("twice", { requestState, ...YES });
    expect(second.result).toMatchObject({ resultType: "input_required" });
    const { id } = lastRun(host);
    for (const said of [YES, NO]) {
      const again = await client.run("twice", { requestState, ...said });
      expect(again.result).toMatchObject({ resultType: "input_required" });
      const open = host.workflowManager.openQuestions(id);
      expect(open.map(({ step }) => step)).toEqual(["sure"]);
    }
    const steps = host.workflowManager.getExecution(id)?.results;
    expect(steps?.["ok"]).toMatchObject({ success: true, output: { approved: true } });
    expect(host.workflowManager.listExecutions()).toHaveLength(1);
  });

  it("has no effect on a later question of the same step", async () => {
    await using host = aHost(folder());
    await using client = await sitDown(host, "modern", ASKABLE);
    const requestState = await asked(client);
    await client.run("gate", { requestState, ...NO });
    const { id } = lastRun(host);
    await host.workflowManager.resumeExecution(id);
    await client.run("gate", { requestState, ...YES });
    expect(host.workflowManager.openQuestions(id)).toMatchObject([{ step: "ok", attempt: 2 }]);
  });

  it("has no effect when anything of it was changed, or it is sent to another tool, caller or server", async () => {
    await using host = aHost(folder());
    await using client = await sitDown(host, "modern", ASKABLE, { policy: policyOf("full") });
    const requestState = await asked(client);
    const { id } = lastRun(host);
    const isRefused = async (params: object, from = client) => {
      const answer = await from.ask("tools/call", params);
      expect(answer.error).toMatchObject({ code: -32602 });
      expect(JSON.stringify(answer)).not.toContain(id);
      expect(host.workflowManager.openQuestions(id)).toHaveLength(1);
    };
    const call = { name: "execute_workflow", arguments: { workflow_name: "gate" }, ...YES };
    await isRefused({ ...call, requestState, name: "resume_execution", arguments: { execution_id: id } });
    await isRefused({ ...call, requestState, name: "get_workflow" });
    await isRefused({ ...call, requestState, arguments: { workflow_name: "plain" } });
    await fc.assert(
      fc.asyncProperty(fc.nat(requestState.length - 1), fc.integer({ min: 1, max: 63 }), async (at, by) => {
        const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        const digit = alphabet.indexOf(requestState[at] ?? "");
        // The last digits of a part have bits that nothing is written in.
        fc.pre(digit >= 0 && at !== requestState.length - 1 && requestState[at + 1] !== ".");
        const changed = alphabet[(digit + by) % 64];
        await isRefused({
          ...call,
          requestState: requestState.slice(0, at) + changed + requestState.slice(at + 1),
        });
      }),
      { numRuns: 40 },
    );
    await isRefused({ ...call, requestState: "" });
    await using elsewhere = aHost(folder());
    await using other = await sitDown(elsewhere, "modern", ASKABLE);
    await isRefused({ ...call, requestState }, other);
    expect(existsSync(keyFile(elsewhere.config.baseDir))).toBe(false);
    const { result } = await client.run("gate", { requestState, ...YES });
    expect(result).toMatchObject({ isError: false });
  });

  it("is asked again where what was said does not fit", async () => {
    await using host = aHost(folder());
    await using client = await sitDown(host, "modern", ASKABLE);
    const requestState = await asked(client, "form");
    for (const content of [{}, { size: 0 }, { size: "3" }])
      expect(
        (await client.run("form", { requestState, inputResponses: { answer: accept(content) } })).result,
      ).toMatchObject({ resultType: "input_required" });
    const said = { inputResponses: { answer: accept({ size: 3 }) } };
    expect((await client.run("form", { requestState, ...said })).result).toMatchObject({ isError: false });
  });

  it("does nothing under a policy that does not allow the call any more", async () => {
    const baseDir = folder();
    await using host = aHost(baseDir);
    let requestState = "";
    {
      await using client = await sitDown(host, "modern", ASKABLE);
      requestState = await asked(client);
    }
    const { id } = lastRun(host);
    await using later = await sitDown(host, "modern", ASKABLE, {
      policy: { ...policyOf("run"), workflows: ["plain"] },
    });
    const { result } = await later.run("gate", { requestState, ...YES });
    expect(result.structuredContent.error).toMatchObject({ error_code: "PERMISSION_DENIED" });
    expect(host.workflowManager.openQuestions(id)).toHaveLength(1);
  });
});
