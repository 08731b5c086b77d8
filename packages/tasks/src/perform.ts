import { findLossy, InvalidParametersError, type JsonObject, type JsonValue } from "@orch/core/base";
import type { z } from "zod";
import { copyJson, mostBytes } from "./copy-json.ts";
import { TaskExecutionError } from "./errors.ts";
import { failed, type Outcome } from "./failure.ts";
import type { ActionContext } from "./module.ts";
import type { ResolvedAction } from "./module-registry.ts";

/** A larger result fails its attempt: 64 MiB. */
const MAX_RESULT_BYTES = 64 * 1024 * 1024;

/** Runs one attempt of an action in this thread: parses the input, calls it, checks the output. Never rejects. */
export async function perform(
  { definition }: Pick<ResolvedAction, "definition">,
  parameters: JsonObject,
  context: ActionContext,
): Promise<Outcome> {
  try {
    const input = definition.input ? parse(definition.input, parameters, "parameters", context) : parameters;
    const returned: unknown = await definition.run(input, context);
    return {
      ok: true,
      value: keep(
        definition.output && returned !== undefined
          ? parse(definition.output, returned, "result", context)
          : returned,
      ),
    };
  } catch (thrown) {
    return failed(thrown);
  }
}

function parse(
  schema: z.ZodType,
  value: unknown,
  what: "parameters" | "result",
  { taskId, stepName }: ActionContext,
): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => ({
    path: path.map(String).join("."),
    message,
  }));
  const text = problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("; ");
  throw what === "parameters"
    ? new InvalidParametersError(`Invalid parameters: ${text}`, {
        details: { problems, task: stepName ?? taskId },
      })
    : new TaskExecutionError(`The result is not what the action promises: ${text}`, {
        retryable: false,
        details: { problems },
      });
}

/**
 * The result as it is stored and handed on: a copy, as if decoded from its JSON text, so that whoever gets it gets the same
 * after a restart. Throws RESULT_NOT_SERIALIZABLE with the path of what JSON cannot hold, or RESULT_TOO_LARGE.
 */
export function keep(value: unknown): JsonValue {
  if (value === undefined || value === null) return null;
  const lossy = findLossy(value);
  if (lossy) {
    throw new TaskExecutionError(
      `The result is not JSON: ${lossy.path || "the value itself"} is ${lossy.reason}`,
      {
        code: "RESULT_NOT_SERIALIZABLE",
        retryable: false,
        details: { path: lossy.path, reason: lossy.reason },
        suggestions: ["Return plain objects, arrays, strings, finite numbers, booleans and null."],
      },
    );
  }
  const json = value as JsonValue;
  const bytes = mostBytes(json) <= MAX_RESULT_BYTES ? 0 : Buffer.byteLength(JSON.stringify(json));
  if (bytes > MAX_RESULT_BYTES) throw tooLarge(bytes);
  return copyJson(json);
}

const tooLarge = (bytes: number): TaskExecutionError =>
  new TaskExecutionError(`The result has ${bytes} bytes, more than ${MAX_RESULT_BYTES}`, {
    code: "RESULT_TOO_LARGE",
    retryable: false,
    details: { bytes, limit: MAX_RESULT_BYTES },
    suggestions: ["Write it to a file and return its path."],
  });
