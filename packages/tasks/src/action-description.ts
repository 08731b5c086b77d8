import { isObject, type JsonObject } from "@orch/core";
import { z } from "zod";
import { ISOLATIONS, type Isolation } from "./module.ts";
import type { ResolvedAction } from "./resolved-action.ts";

/** What is known of an action, as plain data. */
export interface ActionDescription {
  readonly module: string;
  readonly action: string;
  readonly description: string;
  readonly isolation: Isolation;
  readonly version: string | null;
  /** JSON Schema of its parameters; null where it takes any, or its module says it in a way that cannot be shown. */
  readonly input: JsonObject | null;
  /** JSON Schema of what it gives; null likewise. */
  readonly output: JsonObject | null;
}

const SCHEMA = z.custom<JsonObject>(isObject, "no JSON Schema").nullable();

/** Reads an {@link ActionDescription} that comes from another process. */
export const actionDescription: z.ZodType<ActionDescription> = z.object({
  module: z.string(),
  action: z.string(),
  description: z.string(),
  isolation: z.enum(ISOLATIONS),
  version: z.string().nullable(),
  input: SCHEMA,
  output: SCHEMA,
});

/** What is known of an action. */
export function describeAction({ module, action, definition, declared }: ResolvedAction): ActionDescription {
  const { description, isolation = "inline", version, input, output } = definition;
  if (declared) return { ...declared, isolation };
  return {
    module,
    action,
    description: typeof description === "string" ? description : "",
    isolation,
    version: version === undefined ? null : String(version),
    input: describeSchema(input, "input"),
    output: describeSchema(output, "output"),
  };
}

/**
 * A schema as JSON Schema, as whoever writes a value sees it (`input`) or whoever gets one (`output`); null for none, and
 * for one that is not zod's: a module file may bring its own.
 */
export function describeSchema(schema: z.ZodType | undefined, io: "input" | "output"): JsonObject | null {
  if (schema === undefined) return null;
  try {
    const { $schema: _, ...made } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
    return made as JsonObject;
  } catch {
    return null;
  }
}
