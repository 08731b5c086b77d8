import type { JsonObject } from "@orch/core";
import type { Policy } from "./policy.ts";
import { type PolicyLevel, reaches } from "./policy-level.ts";
import type { PolicyAsk, Tool } from "./tool.ts";

/** What was decided of a call, and by which rule. */
export type Verdict =
  | { readonly allowed: true; readonly rule: string }
  | {
      readonly allowed: false;
      readonly rule: string;
      readonly message: string;
      readonly details: JsonObject;
      /** What a person has to change. */
      readonly suggestions: readonly string[];
    };

/** Whether a policy allows a call with checked arguments, which asks for so much. Pure. */
export function decide(
  policy: Policy,
  tool: Tool,
  input: JsonObject,
  asks: PolicyAsk = tool.asksOf(input),
): Verdict {
  const { workflows = [], actions = [], level = "read" } = asks;
  const own = tool.levelOf(input);
  const needed = reaches(own, level) ? own : level;
  if (policy.tools !== null && !policy.tools.includes(tool.name))
    return refusal(
      "tools",
      `Tool ${tool.name} is not offered`,
      { tool: tool.name },
      addTo("tools", tool.name),
    );
  if (!reaches(policy.level, needed)) return levelRefusal(policy.level, needed, tool.name);
  if (tool.name === "approve_step" && !policy.approve)
    return refusal(
      "approve",
      "Answering for a person is not allowed",
      { setting: "approve" },
      'A person can set "approve": true in the policy file, or answer with: orch execution answer.',
    );
  const workflow = workflows.find((each) => !isRunnable(each, policy));
  if (workflow !== undefined) return workflowRefusal(workflow);
  const action = actions.find((each) => !isComposable(each, policy));
  if (action !== undefined) return actionRefusal(action);
  return { allowed: true, rule: `level:${needed}` };
}

/** An action that is about to be called, and who has put it together with others. */
export interface StartAsk {
  /** As `module.action`. */
  readonly action: string;
  /** The workflow that it is a step of; null for what a caller has composed to be run once. */
  readonly workflow: string | null;
  /** Whether a caller has written that workflow. */
  readonly isAuthored: boolean;
}

/**
 * Whether a policy allows an action to be called, whatever was decided when its run began. What callers compose may call
 * the actions that they may compose; a workflow may call its own, when it may be run and either the policy names it or no
 * caller has written it. Pure.
 */
export function decideStart(policy: Policy, { action, workflow, isAuthored }: StartAsk): Verdict {
  const needed = workflow === null ? "author" : "run";
  if (!reaches(policy.level, needed)) return levelRefusal(policy.level, needed, action);
  if (workflow !== null && !isRunnable(workflow, policy)) return workflowRefusal(workflow);
  const isNamed = workflow !== null && policy.workflows !== null;
  const isOperators = workflow !== null && !isAuthored;
  if (isNamed || isOperators || isComposable(action, policy))
    return { allowed: true, rule: `level:${needed}` };
  return actionRefusal(action);
}

const isRunnable = (workflow: string, { workflows }: Policy): boolean =>
  workflows === null || workflows.includes(workflow);

/** Whether callers may put an action into what they compose. */
function isComposable(action: string, { actions, level }: Policy): boolean {
  if (actions !== null) return actions.includes(action);
  return level === "full" || action.startsWith("core.");
}

/** `what`: a tool, or an action. */
const levelRefusal = (has: PolicyLevel, needed: PolicyLevel, what: string): Verdict =>
  refusal(
    "level",
    `${what} needs policy level '${needed}', and this server has '${has}'`,
    { tool: what, level: has, needed },
    `A person can start the server with --policy-level ${needed}, or set "level": "${needed}" in the policy file.`,
  );

const workflowRefusal = (workflow: string): Verdict =>
  refusal("workflows", "This workflow is not allowed", { workflow }, addTo("workflows", workflow));

const actionRefusal = (action: string): Verdict =>
  refusal("actions", "This action is not allowed here", { action }, addTo("actions", action));

const refusal = (rule: string, message: string, details: JsonObject, suggestion: string): Verdict => ({
  allowed: false,
  rule,
  message,
  details,
  suggestions: [suggestion],
});

const addTo = (setting: string, name: string): string =>
  `A person can add "${name.slice(0, 128)}" to "${setting}" in the policy file.`;
