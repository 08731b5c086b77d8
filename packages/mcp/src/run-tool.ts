import { type Clock, type IdGenerator, type JsonObject, type Logger, newRandomId, toIso } from "@orch/core";
import type { OpenQuestion } from "@orch/workflows";
import { type AuditTrail, digestOf } from "./audit.ts";
import type { CallLimit } from "./call-limit.ts";
import { errorDetail } from "./error-detail.ts";
import { deniedBy, givenUp } from "./errors.ts";
import { failureResult, type McpResult, resultOf } from "./mcp-result.ts";
import type { OrchestrationApi } from "./orchestration-api.ts";
import { parseArguments } from "./parse-arguments.ts";
import type { Verdict } from "./policy-decision.ts";
import type { PolicyLevel } from "./policy-level.ts";
import type { EarlierRound, PolicyAsk, Progress, Tool } from "./tool.ts";

/** What a tool is run with. */
export interface ToolRun {
  /** Opened by the first call that gets as far. */
  readonly host: () => OrchestrationApi | Promise<OrchestrationApi>;
  readonly caller: string;
  readonly level: PolicyLevel;
  /** Says whether a call is allowed, for what its arguments ask for or for `asks`. */
  readonly decide: (tool: Tool, input: JsonObject, asks?: PolicyAsk) => Verdict;
  /** Where decisions are written; null: nowhere. */
  readonly audit: AuditTrail | null;
  /** What calls are held to that do more than look; null: nothing. */
  readonly limit: CallLimit | null;
  readonly budget: number | null;
  /** For texts of errors, when no host is open. */
  readonly baseDir: string;
  readonly clock: Clock;
  readonly newId: IdGenerator;
  readonly logger: Logger;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((progress: Progress) => void) | undefined;
  /** As in {@link ToolContext}. @default false */
  readonly detaches?: boolean | undefined;
  readonly goesOn?: EarlierRound | null | undefined;
  readonly asked?: ((question: OpenQuestion) => void) | undefined;
}

/** The signal of calls that nobody gives up. */
const NEVER = new AbortController().signal;

/**
 * Runs a tool: arguments are parsed, the policy is asked, the limits are looked at, the decision is written down, and only
 * then something is done. Whatever happens is in the result; never rejects.
 */
export async function runTool(tool: Tool, given: unknown, run: ToolRun): Promise<McpResult> {
  const { clock, caller, level, budget, newId, logger, signal = NEVER, progress = () => {} } = run;
  const base = () => ({ timestamp: toIso(clock.now()), tool_name: tool.name });
  try {
    const input = parseArguments(tool, given);
    const verdict = run.decide(tool, input);
    const looks = verdict.allowed && tool.levelOf(input) === "read";
    using _ = looks ? null : (run.limit?.enter(caller) ?? null);
    if (!looks) record(verdict, tool, input, run);
    if (!verdict.allowed) throw deniedBy(verdict);
    if (signal.aborted) throw givenUp();
    const host = await run.host();
    const permit = (asks: PolicyAsk) => {
      const later = run.decide(tool, input, asks);
      if (later.allowed) return;
      record(later, tool, input, run);
      throw deniedBy(later);
    };
    const { goesOn = null, asked = () => {} } = run;
    const detaches = run.detaches === true && host.handles !== undefined;
    const context = {
      ...{ host, caller, level, signal, permit, progress, budget, clock, newId, logger },
      ...{ detaches, goesOn, asked },
    };
    return resultOf(await tool.run(input, context), base());
  } catch (error) {
    return failureResult(detail(error, tool, run), base());
  }
}

/**
 * Asks the policy whether who may call `tool` may do something with what it has begun, and writes the answer down under the
 * name of a method. Throws PERMISSION_DENIED.
 */
export function permitCall(
  method: string,
  tool: Tool,
  input: JsonObject,
  run: Pick<ToolRun, "decide" | "audit" | "caller" | "level" | "clock">,
  asks: PolicyAsk,
): void {
  const verdict = run.decide(tool, input, asks);
  record(verdict, { name: method }, input, run);
  if (!verdict.allowed) throw deniedBy(verdict);
}

function record(
  verdict: Verdict,
  { name }: Pick<Tool, "name">,
  input: JsonObject,
  { audit, caller, level, clock }: Pick<ToolRun, "audit" | "caller" | "level" | "clock">,
): void {
  audit?.record({
    at: toIso(clock.now()),
    caller,
    tool: name,
    arguments: digestOf(input),
    level,
    rule: verdict.rule,
    outcome: verdict.allowed ? "allowed" : "denied",
  });
}

/** What is told of an error; what is our own fault goes to the log with its id. */
function detail(error: unknown, { name }: Tool, { baseDir, logger }: ToolRun) {
  return errorDetail(error, baseDir, () => {
    const errorId = newRandomId();
    const stack = error instanceof Error ? error.stack : String(error);
    logger.error(`Tool ${name} failed inside`, { error_id: errorId, tool: name, stack });
    return errorId;
  });
}
