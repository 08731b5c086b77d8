import { InvalidParametersError } from "@orch/core";
import { mostBytes } from "./copy-json.ts";
import type { TaskRequest } from "./task-request.ts";

/** JSON of the parameters that a caller gives a task, bytes: 1 MiB. What placeholders bring in later does not count. */
const MOST_PARAMETER_BYTES = 1024 * 1024;

/** Throws LIMIT_EXCEEDED, with limit and size, for a task whose parameters are too large. O(size) */
export function refuseLargeParameters({ id, name, parameters }: TaskRequest): void {
  if (mostBytes(parameters) <= MOST_PARAMETER_BYTES) return;
  const bytes = Buffer.byteLength(JSON.stringify(parameters));
  if (bytes <= MOST_PARAMETER_BYTES) return;
  throw new InvalidParametersError(
    `The parameters of task '${name}' have ${bytes} bytes, more than ${MOST_PARAMETER_BYTES}`,
    {
      code: "LIMIT_EXCEEDED",
      details: { task_id: id, bytes, limit: MOST_PARAMETER_BYTES },
      suggestions: [
        "Write the data to a file and give its path, or take it from the result of another task.",
      ],
    },
  );
}
