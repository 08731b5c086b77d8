import { type Clock, toIso } from "@orch/core";
import type { ActionGate, ActionStart } from "@orch/tasks";
import { type AuditTrail, digestOf } from "./audit.ts";
import { deniedBy } from "./errors.ts";
import type { RunRegister } from "./orchestration-api.ts";
import type { Policy } from "./policy.ts";
import { decideStart } from "./policy-decision.ts";

/** What an {@link actionGate} is made of. */
export interface ActionGateInit {
  readonly policy: Policy;
  /** Where refusals are written; null: nowhere. */
  readonly audit: AuditTrail | null;
  readonly clock: Clock;
  /** Who has composed what; asked while something runs. */
  readonly runs: () => Pick<RunRegister, "callerOf" | "isAuthored" | "isComposed">;
}

/** Runs that nobody has claimed. */
const NOBODY = "unknown";

/**
 * Asks a policy again when an action is about to be called, in a process where all that runs was asked for by callers: also
 * for runs that were begun under another policy, for workflows inside of others, and for further attempts. A refusal is
 * PERMISSION_DENIED, after a line in the audit log.
 */
export function actionGate({ policy, audit, clock, runs }: ActionGateInit): ActionGate {
  return ({ module, action, execution }) => {
    const register = runs();
    const verdict = decideStart(policy, { action: `${module}.${action}`, ...originOf(execution, register) });
    if (verdict.allowed) return;
    const id = execution?.id ?? null;
    audit?.record({
      at: toIso(clock.now()),
      caller: (id === null ? null : register.callerOf(id)) ?? NOBODY,
      tool: "step",
      arguments: digestOf({ execution_id: id, module, action }),
      level: policy.level,
      rule: verdict.rule,
      outcome: "denied",
    });
    throw deniedBy(verdict);
  };
}

function originOf(
  execution: ActionStart["execution"],
  register: ReturnType<ActionGateInit["runs"]>,
): { readonly workflow: string | null; readonly isAuthored: boolean } {
  if (execution === null || register.isComposed(execution.id)) return { workflow: null, isAuthored: true };
  return { workflow: execution.workflow, isAuthored: register.isAuthored(execution.workflow) };
}
