import { InvalidParametersError, type JsonObject, type OrchestrationError } from "@orch/core/base";
import { inputOf, MAX_RESULT_BYTES, Misfit, resultOf } from "./call-check.ts";
import { TaskExecutionError } from "./errors.ts";
import { failed, type Outcome } from "./failure.ts";
import type { ActionContext } from "./module.ts";
import type { ResolvedAction } from "./resolved-action.ts";

/** Runs one attempt of an action in this thread: parses the input, calls it, checks the output. Never rejects. */
export function perform(
  { definition }: Pick<ResolvedAction, "definition">,
  parameters: JsonObject,
  context: ActionContext,
): Promise<Outcome> {
  // Without await: an async function keeps twice as much for each call that has not returned.
  const settle = (returned: unknown): Outcome => {
    try {
      return { ok: true, value: resultOf(definition, returned) };
    } catch (thrown) {
      return failedCall(thrown, context);
    }
  };
  const fail = (thrown: unknown): Outcome => failedCall(thrown, context);
  try {
    if (definition.run === null) throw new Error("Its file was not loaded into this thread");
    const returned = Promise.resolve(definition.run(inputOf(definition, parameters), context));
    // As await does, whatever `then` the action has given its promise: that one might answer with anything, or never.
    return Promise.prototype.then.call(returned, settle, fail) as Promise<Outcome>;
  } catch (thrown) {
    return Promise.resolve(fail(thrown));
  }
}

/** The outcome of an attempt of which this was thrown: by its action, or by the checks around the call. */
export const failedCall = (thrown: unknown, context: Pick<ActionContext, "taskId" | "stepName">): Outcome =>
  failed(isMisfit(thrown) ? errorOf(thrown, context) : thrown);

/** What an action throws may be a proxy, whose traps throw in turn. */
function isMisfit(thrown: unknown): thrown is Misfit {
  try {
    return thrown instanceof Misfit;
  } catch {
    return false;
  }
}

function errorOf(
  { found }: Misfit,
  { taskId, stepName }: Pick<ActionContext, "taskId" | "stepName">,
): OrchestrationError {
  if (found.what === "lossy") return notJson(found);
  if (found.what === "large") return tooLarge(found.bytes);
  const problems = found.issues.map(({ path, message }) => ({ path: path.map(String).join("."), message }));
  const text = problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("; ");
  return found.what === "parameters"
    ? new InvalidParametersError(`Invalid parameters: ${text}`, {
        details: { problems, task: stepName ?? taskId },
      })
    : new TaskExecutionError(`The result is not what the action promises: ${text}`, {
        retryable: false,
        details: { problems },
      });
}

const notJson = ({ path, reason }: { readonly path: string; readonly reason: string }): TaskExecutionError =>
  new TaskExecutionError(`The result is not JSON: ${path || "the value itself"} is ${reason}`, {
    code: "RESULT_NOT_SERIALIZABLE",
    retryable: false,
    details: { path, reason },
    suggestions: ["Return plain objects, arrays, strings, finite numbers, booleans and null."],
  });

const tooLarge = (bytes: number): TaskExecutionError =>
  new TaskExecutionError(`The result has ${bytes} bytes, more than ${MAX_RESULT_BYTES}`, {
    code: "RESULT_TOO_LARGE",
    retryable: false,
    details: { bytes, limit: MAX_RESULT_BYTES },
    suggestions: ["Write it to a file and return its path."],
  });
