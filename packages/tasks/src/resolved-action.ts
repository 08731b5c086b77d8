import { errorMessage, InvalidParametersError, type JsonObject } from "@orch/core";
import { z } from "zod";
import type { ActionDescription } from "./action-description.ts";
import { type ActionDefinition, ISOLATIONS, type Isolation, type ModuleDefinition } from "./module.ts";

/** An action as it can be run: its contract, and where its code is. */
export interface ResolvedAction {
  /** What its module is called, whatever alias it was asked for by. */
  readonly module: string;
  /** What its module calls it. */
  readonly action: string;
  readonly definition: Pick<ActionDefinition, "description" | "isolation" | "version"> & {
    /** Null when its file was not loaded into this thread: it can run in another thread or process only. */
    readonly run: ActionDefinition["run"] | null;
    readonly input?: z.ZodType;
    readonly output?: z.ZodType;
  };
  /** The module's file; null for a handler given in code, which can only run in this thread. */
  readonly file: URL | null;
  /** What its file says of it, where that was not loaded into this thread. */
  readonly declared?: ActionDescription;
}

/** The actions of a module, by name. */
export type Actions = Map<string, ResolvedAction>;

/** Those of a module whose code is here. */
export const actionsOf = (
  module: string,
  { actions }: ModuleDefinition,
  file: URL | null,
  least: Isolation = "inline",
): Actions =>
  new Map(
    Object.entries(actions).map(([action, definition]) => {
      const { isolation = "inline" } = definition;
      const raised = atLeast(isolation, least);
      const own = raised === isolation ? definition : { ...definition, isolation: raised };
      return [action, { module, action, definition: own, file }];
    }),
  );

/** Those of a file that was looked at elsewhere. */
export const declaredActions = (
  declared: readonly ActionDescription[],
  file: URL,
  least: Isolation,
): Actions =>
  new Map(
    declared.map((each) => {
      const { module, action, description, version, input, output } = each;
      const definition = {
        ...{ description, run: null, isolation: atLeast(each.isolation, least) },
        ...(version === null ? {} : { version }),
        ...(input === null ? {} : schemaOf("input", input)),
        ...(output === null ? {} : schemaOf("output", output)),
      };
      return [action, { module, action, definition, file, declared: each }];
    }),
  );

/** The schema of JSON Schema or zod. Throws INVALID_PARAMETERS. */
export function toZod(schema: z.ZodType | JsonObject): z.ZodType {
  if (schema instanceof z.ZodType) return schema;
  try {
    return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  } catch (cause) {
    throw new InvalidParametersError(`The schema of the parameters cannot be used: ${errorMessage(cause)}`, {
      details: { schema },
      cause,
    });
  }
}

const atLeast = (isolation: Isolation, least: Isolation): Isolation =>
  ISOLATIONS.indexOf(isolation) >= ISOLATIONS.indexOf(least) ? isolation : least;

/** To check with what can be checked: the file's own schema, where the attempt runs, has the last word. */
function schemaOf(
  side: "input" | "output",
  schema: JsonObject,
): { readonly [Side in typeof side]?: z.ZodType } {
  try {
    const made = toZod(schema);
    // What says nothing of other keys drops them: JSON Schema has no word for that.
    const drops = made instanceof z.ZodObject && !Object.hasOwn(schema, "additionalProperties");
    return { [side]: drops ? made.strip() : made };
  } catch {
    return {};
  }
}
