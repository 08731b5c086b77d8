import { describe, expect, it } from "vitest";
import { type Policy, parseLevel, parsePolicy, policyOf } from "./policy.ts";
import { decide, decideStart } from "./policy-decision.ts";
import { TOOLS } from "./tool-table.ts";

const tool = (name: string) => {
  const found = TOOLS.find((each) => each.name === name);
  if (!found) throw new Error(name);
  return found;
};
const why = (policy: Policy, name: string, input = {}) => {
  const verdict = decide(policy, tool(name), input as never);
  return verdict.allowed || verdict;
};
const steps = (...actions: string[]) => ({
  steps: actions.map((each) => ({ module: each.split(".")[0], action: each.split(".")[1] })),
});

describe("a policy", () => {
  it("of level read lets callers look, and nothing else", () => {
    const policy = policyOf("read");
    const allowed = TOOLS.filter(
      (each) => decide(policy, each, { steps: [], workflow_definition: { steps: [] } }).allowed,
    );
    expect(allowed.map(({ name, hints }) => [name, hints.readOnlyHint])).toEqual(
      TOOLS.filter(({ hints }) => hints.readOnlyHint).map(({ name }) => [name, true]),
    );
    expect(why(policy, "manage_project", { operation: "status" })).toBe(true);
    expect(why(policy, "manage_project", { operation: "archive" })).toMatchObject({
      rule: "level",
      message: expect.stringContaining("'run'"),
      suggestions: [expect.stringContaining("--policy-level run")],
    });
  });

  it("of level run lets callers run what is registered, and compose nothing", () => {
    const policy = policyOf("run");
    expect(why(policy, "execute_workflow", { workflow_name: "any" })).toBe(true);
    expect(why(policy, "create_workflow", steps("core.echo"))).toMatchObject({
      details: { needed: "author" },
    });
    expect(why(policy, "execute_task", { module: "core", action: "echo" })).toMatchObject({ rule: "level" });
    expect(why({ ...policy, workflows: ["a"] }, "execute_workflow", { workflow_name: "b" })).toMatchObject({
      rule: "workflows",
      details: { workflow: "b" },
    });
  });

  it("of level author lets callers compose what is listed, without a list what core has", () => {
    const policy = policyOf("author");
    expect(why(policy, "create_workflow", steps("core.echo", "core.fail"))).toBe(true);
    expect(why(policy, "create_workflow", steps("core.echo", "shell.run"))).toMatchObject({
      rule: "actions",
    });
    const listed = { ...policy, actions: ["shell.run"] };
    expect(why(listed, "execute_task", { module: "shell", action: "run" })).toBe(true);
    expect(why(listed, "execute_task", { module: "core", action: "echo" })).toMatchObject({
      rule: "actions",
    });
    expect(
      why(listed, "create_complex_workflow", { workflow_definition: steps("shell.stop") }),
    ).toMatchObject({
      details: { action: "shell.stop" },
    });
  });

  it("lets nobody answer for a person unless it says so, also at level full", () => {
    expect(why(policyOf("full"), "approve_step")).toMatchObject({ rule: "approve" });
    expect(why({ ...policyOf("full"), approve: true }, "approve_step")).toBe(true);
    expect(why(policyOf("full"), "execute_task", { module: "shell", action: "run" })).toBe(true);
  });

  it("offers the tools that it lists", () => {
    const policy = { ...policyOf("full"), tools: ["list_workflows"] };
    expect(why(policy, "list_workflows")).toBe(true);
    expect(why(policy, "list_projects")).toMatchObject({ rule: "tools" });
  });

  it("is read from a file as a whole or not at all", () => {
    expect(parsePolicy('{"level": "run", "limits": {"at_once": 2}}', "p")).toMatchObject({
      level: "run",
      approve: false,
      limits: { at_once: 2, burst: 100, calls_per_second: 50 },
    });
    for (const text of [
      "",
      "[]",
      "null",
      '{"level": "all"}',
      '{"lvel": "run"}',
      '{"actions": ["core"]}',
      '{"limits": {"x": 1}}',
    ])
      expect(() => parsePolicy(text, "p"), text).toThrowError(
        expect.objectContaining({ code: "CONFIG_INVALID" }),
      );
    expect(parseLevel("READ")).toBe("read");
    expect(() => parseLevel("root")).toThrowError(/read, run, author, full|no policy level/);
  });
});

describe("a policy that is asked when an action is about to be called", () => {
  const start = (policy: Policy, action: string, workflow: string | null = null, isAuthored = false) => {
    const verdict = decideStart(policy, { action, workflow, isAuthored });
    return verdict.allowed || verdict.rule;
  };

  it.each<[string, Partial<Policy>, Parameters<typeof start>[1], string | null, boolean, true | string]>([
    ["a workflow of the operator calls anything", {}, "shell.run", "w", false, true],
    ["not when it is not allowed", { workflows: ["x"] }, "core.echo", "w", false, "workflows"],
    ["one of a caller calls what callers may compose", {}, "core.echo", "w", true, true],
    ["and nothing else", {}, "shell.run", "w", true, "actions"],
    ["unless the policy names it", { workflows: ["w"] }, "shell.run", "w", true, true],
    ["what is composed takes level author", {}, "core.echo", null, true, "level"],
    ["and actions that may be composed", { level: "author" }, "shell.run", null, true, "actions"],
    ["as they are listed", { level: "author", actions: ["shell.run"] }, "shell.run", null, true, true],
    ["nothing is called at level read", { level: "read" }, "core.echo", "w", false, "level"],
  ])("%s", (_, more, action, workflow, isAuthored, expected) => {
    expect(start({ ...policyOf("run"), ...more }, action, workflow, isAuthored)).toBe(expected);
  });
});
