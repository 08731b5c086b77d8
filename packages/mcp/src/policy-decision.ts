import type { JsonObject } from "@orch/core";
import type { Policy } from "./policy.ts";
import { type PolicyLevel, reaches } from "./policy-level.ts";
import type { Tool } from "./tool.ts";

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

/** Whether a policy allows a call with checked arguments. Pure. */
export function decide(policy: Policy, tool: Tool, input: JsonObject): Verdict {
  const needed = tool.levelOf(input);
  const { workflows = [], actions = [] } = tool.asksOf(input);
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
  const workflow = workflows.find((each) => policy.workflows !== null && !policy.workflows.includes(each));
  if (workflow !== undefined)
    return refusal("workflows", "This workflow is not allowed", { workflow }, addTo("workflows", workflow));
  const action = actions.find((each) => !isComposable(each, policy));
  if (action !== undefined)
    return refusal("actions", "This action is not allowed here", { action }, addTo("actions", action));
  return { allowed: true, rule: `level:${needed}` };
}

/** Whether callers may put an action into what they compose. */
function isComposable(action: string, { actions, level }: Policy): boolean {
  if (actions !== null) return actions.includes(action);
  return level === "full" || action.startsWith("core.");
}

const levelRefusal = (has: PolicyLevel, needed: PolicyLevel, tool: string): Verdict =>
  refusal(
    "level",
    `${tool} needs policy level '${needed}', and this server has '${has}'`,
    { tool, level: has, needed },
    `A person can start the server with --policy-level ${needed}, or set "level": "${needed}" in the policy file.`,
  );

const refusal = (rule: string, message: string, details: JsonObject, suggestion: string): Verdict => ({
  allowed: false,
  rule,
  message,
  details,
  suggestions: [suggestion],
});

const addTo = (setting: string, name: string): string =>
  `A person can add "${name.slice(0, 128)}" to "${setting}" in the policy file.`;
