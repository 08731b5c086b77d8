// The checks around a call of an action, without the errors that say what is wrong: a thread loads those when it needs them.

import type { JsonObject, JsonValue } from "@orch/core/base";
import { findLossy } from "@orch/core/find-lossy";
import type { z } from "zod";
import { copyJson, mostBytes } from "./copy-json.ts";
import type { ActionDefinition } from "./module.ts";

/** A larger result fails its attempt: 64 MiB. */
export const MAX_RESULT_BYTES = 64 * 1024 * 1024;

/** What a check has found. */
type Found =
  | { readonly what: "parameters" | "result"; readonly issues: readonly z.core.$ZodIssue[] }
  | { readonly what: "lossy"; readonly path: string; readonly reason: string }
  | { readonly what: "large"; readonly bytes: number };

/** Parameters or a result that cannot be taken; `failedCall` makes the error of it. */
export class Misfit extends Error {
  readonly found: Found;

  constructor(found: Found) {
    super(found.what);
    this.found = found;
  }
}

/** The parameters as the action gets them. Throws {@link Misfit}. */
export const inputOf = (
  { input }: Partial<Pick<ActionDefinition, "input">>,
  parameters: JsonObject,
): unknown => (input ? parse(input, parameters, "parameters") : parameters);

/** What the action returned, as it is stored and handed on. Throws {@link Misfit}. */
export const resultOf = ({ output }: Pick<ActionDefinition, "output">, returned: unknown): JsonValue =>
  keep(output && returned !== undefined ? parse(output, returned, "result") : returned);

function parse(schema: z.ZodType, value: unknown, what: "parameters" | "result"): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Misfit({ what, issues: parsed.error.issues });
}

/**
 * A value as it is stored and handed on: a copy, as if decoded from its JSON text, so that whoever gets it gets the same
 * after a restart. Throws {@link Misfit} with the path of what JSON cannot hold, or with a size that is too large.
 */
function keep(value: unknown): JsonValue {
  if (value === undefined || value === null) return null;
  // Most of what is short; a zero may be −0, which JSON does not know.
  if (typeof value === "boolean" || (typeof value === "number" && value !== 0 && Number.isFinite(value)))
    return value;
  const lossy = findLossy(value);
  if (lossy) throw new Misfit({ what: "lossy", ...lossy });
  const json = value as JsonValue;
  const bytes = mostBytes(json) <= MAX_RESULT_BYTES ? 0 : Buffer.byteLength(JSON.stringify(json));
  if (bytes > MAX_RESULT_BYTES) throw new Misfit({ what: "large", bytes });
  return copyJson(json);
}
