import {
  fromIso,
  InvalidParametersError,
  type JsonObject,
  type JsonValue,
  OrchestrationError,
} from "@orch/core";
import { failureOf, TaskTimeoutError } from "@orch/tasks";
import { z } from "zod";
import type { ControlRequest } from "./control-step.ts";
import type { StepEnd } from "./run-change.ts";

/** A control step that waits. Instants are milliseconds since the epoch. */
export interface Wait {
  readonly node: number;
  /** The item of a `foreach` step that it is for; null for the step itself. */
  readonly item: number | null;
  readonly request: ControlRequest;
  readonly attempt: number;
  /** Attempts that have failed. */
  readonly failures: number;
  /** When the next attempt begins, while there is none; else 0. */
  readonly dueAt: number;
  readonly since: number;
  /** When the wait is over; null: only what it waits for ends it. */
  readonly until: number | null;
  /** The limit of the step, milliseconds. */
  readonly timeoutMs: number | null;
  /** The execution that it waits for. */
  readonly child: string | null;
  /** That one is being undone after its last run: only its end lets it begin again. @default false */
  readonly isUndone?: boolean;
  /** With `isUndone`: what begins then is another execution. @default false */
  readonly isSuperseded?: boolean;
}

/** Until when a request waits that began at `at`: its own time, or the limit of its step. */
export function untilOf(request: ControlRequest, timeoutMs: number | null, at: number): number | null {
  const own = ownTime(request, at);
  const limit = timeoutMs === null ? null : at + timeoutMs;
  return own === null || limit === null ? (own ?? limit) : Math.min(own, limit);
}

/** When a sleep that began at `at` is over; null for what waits for something else. */
function ownTime(request: ControlRequest, at: number): number | null {
  if (request.kind === "wait.sleep") return at + request.duration * 1000;
  return request.kind === "wait.until" ? (fromIso(request.time) ?? at) : null;
}

/** How a step ends whose time is over: a sleep has done what it should, an answer is its default or missing. */
export function endOfTime({ request, since, until, timeoutMs }: Wait): StepEnd {
  const isOver = ownTime(request, since) === until;
  if (request.kind === "wait.sleep" && isOver) return completed({ slept: request.duration });
  if (request.kind === "wait.until" && isOver) return completed({ time: request.time });
  if ("default" in request && request.default !== undefined) return endOfDefault(request, request.default);
  const seconds = (timeoutMs ?? 0) / 1000;
  const error = new TaskTimeoutError(`Nothing came within ${seconds} seconds`, {
    details: { timeout_ms: timeoutMs },
  });
  return { status: "timeout", output: null, failure: failureOf(error) };
}

/** A default that does not fit fails its step: there is nobody who could be told to answer otherwise. */
function endOfDefault(request: ControlRequest, answer: JsonValue): StepEnd {
  try {
    return endOfAnswer(request, answer);
  } catch (error) {
    return { status: "failed", output: null, failure: failureOf(error) };
  }
}

/** How a step ends that got `answer`. Throws INVALID_PARAMETERS for one that does not fit its form. */
export function endOfAnswer(request: ControlRequest, answer: JsonValue): StepEnd {
  if (request.kind === "human.approval") return endOfApproval(answer);
  if (request.kind === "human.input" || request.kind === "wait.answer") {
    const checked = formOf(request.form).safeParse(answer);
    if (!checked.success) throw misfit("answer", checked.error, request.form);
    return completed(answer);
  }
  throw new InvalidParametersError("The step waits for no answer", { details: { kind: request.kind } });
}

/** Throws INVALID_PARAMETERS for a form that is no JSON Schema, and for a default that does not fit it. */
export function checkForm(request: ControlRequest): void {
  if (request.kind !== "human.input" && request.kind !== "wait.answer") return;
  const form = formOf(request.form);
  if (request.default === undefined) return;
  const checked = form.safeParse(request.default);
  if (!checked.success) throw misfit("default", checked.error, request.form);
}

/** Whether a step waits for somebody's answer. */
export const takesAnswer = ({ kind }: ControlRequest): boolean =>
  kind === "human.approval" || kind === "human.input" || kind === "wait.answer";

const approvalSchema = z.union([
  z.boolean().transform((approved) => ({ approved })),
  z.strictObject({ approved: z.boolean(), comment: z.string().optional(), by: z.string().optional() }),
]);

function endOfApproval(answer: JsonValue): StepEnd {
  const checked = approvalSchema.safeParse(answer);
  if (!checked.success)
    throw new InvalidParametersError("An approval is answered with true, false or {approved, comment}", {
      details: { answer },
      suggestions: ["Answer with true or false."],
    });
  const decision = checked.data as JsonObject;
  if (checked.data.approved) return completed(decision);
  const comment = decision["comment"] === undefined ? "" : `: ${String(decision["comment"])}`;
  const error = new OrchestrationError(`Not approved${comment}`, {
    code: "APPROVAL_REJECTED",
    retryable: false,
    details: decision,
  });
  return { status: "failed", output: null, failure: failureOf(error) };
}

function formOf(form: JsonObject): z.ZodType {
  try {
    return z.fromJSONSchema(form as Parameters<typeof z.fromJSONSchema>[0]);
  } catch (cause) {
    throw new InvalidParametersError("The form is no JSON Schema that can be used", {
      details: { form },
      cause,
    });
  }
}

/** Characters of a form that are shown. */
const MOST_FORM = 500;

function misfit(
  what: "answer" | "default",
  { issues }: z.ZodError,
  form: JsonObject,
): InvalidParametersError {
  const problems = issues.map(({ path, message }) => ({ path: path.map(String).join("."), message }));
  const text = problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("; ");
  return new InvalidParametersError(`The ${what} does not fit the form: ${text}`, {
    details: { problems },
    suggestions: [`The form is ${JSON.stringify(form).slice(0, MOST_FORM)}`],
  });
}

const completed = (output: JsonValue): StepEnd => ({ status: "completed", output, failure: null });
