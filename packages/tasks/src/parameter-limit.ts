import { InvalidParametersError, type JsonObject } from "@orch/core";
import { mostBytes } from "./copy-json.ts";
import type { TaskRequest } from "./task-request.ts";

/** JSON of the parameters of a call, bytes: 1 MiB. Of a single task what placeholders bring in later does not count. */
const MOST_PARAMETER_BYTES = 1024 * 1024;

/** Throws LIMIT_EXCEEDED, with limit and size, for a task whose parameters are too large. O(size) */
export function refuseLargeParameters({ id, name, parameters }: TaskRequest): void {
  if (mostBytes(parameters) <= MOST_PARAMETER_BYTES) return;
  needSmallParameters(parameters, {
    of: `task '${name}'`,
    details: { task_id: id },
    suggestion: "Write the data to a file and give its path, or take it from the result of another task.",
  });
}

/** Throws LIMIT_EXCEEDED, with limit and size, for parameters of more than 1 MiB of JSON. Not retryable. O(size) */
export function needSmallParameters(
  parameters: JsonObject,
  {
    of,
    details,
    suggestion,
  }: { readonly of: string; readonly details: JsonObject; readonly suggestion: string },
): void {
  if (mostBytes(parameters) <= MOST_PARAMETER_BYTES) return;
  const bytes = Buffer.byteLength(JSON.stringify(parameters));
  if (bytes <= MOST_PARAMETER_BYTES) return;
  throw new InvalidParametersError(
    `The parameters of ${of} have ${bytes} bytes, more than ${MOST_PARAMETER_BYTES}`,
    {
      code: "LIMIT_EXCEEDED",
      details: { ...details, bytes, limit: MOST_PARAMETER_BYTES },
      suggestions: [suggestion],
    },
  );
}
