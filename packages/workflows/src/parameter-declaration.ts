import { canonicalJson, findLossy, isObject, type JsonObject, type JsonValue } from "@orch/core";
import { z } from "zod";
import { PATH_FORMATS } from "./existing-path.ts";
import { keywordProblems, TYPES, typeProblem } from "./schema-keywords.ts";
import { checkValue, shown, type ValueProblem, valueSchema } from "./value-schema.ts";

type TypeName = (typeof TYPES)[number];

const typeName = z.enum(TYPES);

/** What a workflow says of one of its inputs: a JSON Schema, whose keywords are all kept and obeyed. */
export const parameterSchema = z
  .looseObject({
    type: z.union([typeName, z.array(typeName).min(1, "must name at least one type")]).optional(),
    default: z.unknown().optional(),
    description: z.string().optional(),
    /** Whether a value must be given; of an object, as in JSON Schema, the keys that it must have. */
    required: z.union([z.boolean(), z.array(z.string())]).optional(),
    enum: z.array(z.unknown()).min(1, "must have at least one value").optional(),
    format: z
      .string()
      .optional()
      .describe(
        "As in JSON Schema; existing-directory, existing-file and existing-path are looked at when a run begins, relative to the current directory: it is refused where there is none.",
      ),
  })
  .describe("JSON Schema of a parameter; required: true where it must be given.");

/** A declared parameter. */
export type ParameterDeclaration = z.infer<typeof parameterSchema>;

/** The declared parameters of a workflow, by name. */
export type ParameterDeclarations = Readonly<Record<string, ParameterDeclaration>>;

/** One JSON Schema for all inputs together, as it was written. */
export interface ParametersSchema {
  readonly type: "object";
  readonly properties: Readonly<Record<string, JsonObject | boolean>>;
  readonly required?: readonly string[];
}

/** What {@link parameterSchema} says of itself. */
const DECLARED: ReadonlySet<string> = new Set(Object.keys(parameterSchema.shape));

/** Whether the parameters of a workflow are written as one schema: a parameter cannot be declared by a text. */
export const isParametersSchema = (written: unknown): written is ParametersSchema & JsonObject =>
  isObject(written) && written["type"] === "object" && isObject(written["properties"]);

/** Keywords of one schema for all parameters that are looked at for each of them, or decide that it is one. */
const OF_THE_WHOLE: ReadonlySet<string> = new Set(["type", "properties"]);

/** The parameters of a workflow as they are written: by name, or as one schema of an object. */
export const parametersField = z
  .custom<ParameterDeclarations | (ParametersSchema & JsonObject)>()
  .check(({ value, issues }) => {
    const written: unknown = value;
    const refuse = (path: (string | number)[], message: string, input: unknown = undefined) =>
      void issues.push({ code: "custom", path, message, input });
    const lossy = findLossy(written);
    if (lossy !== null) {
      refuse(
        lossy.path === "" ? [] : lossy.path.slice(1).split("/"),
        `is ${lossy.reason}, which JSON cannot hold`,
      );
      return;
    }
    if (!isObject(written)) return refuse([], "must be an object");
    const long = isParametersSchema(written);
    if (long)
      for (const { path, message } of keywordProblems(written, OF_THE_WHOLE)) refuse([...path], message);
    for (const [name, declaration] of Object.entries(long ? written.properties : written)) {
      if (long && typeof declaration === "boolean") continue;
      const parsed = parameterSchema.safeParse(declaration, { reportInput: true });
      const at = long ? ["properties", name] : [name];
      for (const { path, message, input } of parsed.error?.issues ?? []) {
        if (path[0] === "type") refuse([...at, "type"], typeProblem(input));
        else refuse([...at, ...path.map(String)], message, input);
      }
      const declared = isObject(declaration) ? declaration : {};
      for (const { path, message } of keywordProblems(declared, DECLARED)) refuse([...at, ...path], message);
    }
  });

const declarations = new WeakMap<object, ParameterDeclarations>();

/** The parameters by name, however they are written. */
export function declaredParameters(
  written: ParameterDeclarations | (ParametersSchema & JsonObject),
): ParameterDeclarations {
  if (!isParametersSchema(written)) return written as ParameterDeclarations;
  const known = declarations.get(written);
  if (known) return known;
  const required: ReadonlySet<string> = new Set(written.required);
  const made = Object.fromEntries(
    Object.entries(written.properties).map(([name, property]): [string, ParameterDeclaration] => {
      const declared = typeof property === "boolean" ? {} : (property as ParameterDeclaration);
      return [name, required.has(name) ? { ...declared, required: true } : declared];
    }),
  );
  declarations.set(written, made);
  return made;
}

/** Everything that is wrong with a value for a declared parameter; paths begin below it. */
export function problemsOf(value: JsonValue, declaration: ParameterDeclaration): ValueProblem[] {
  const { type, enum: allowed } = declaration;
  const types = type === undefined ? [] : typeof type === "string" ? [type] : type;
  if (types.length > 0 && !types.some((each) => IS[each](value)))
    return [{ path: "", message: `must be of type ${types.join(" or ")}, was ${shown(value)}` }];
  if (allowed !== undefined && !isOneOf(value, allowed)) {
    const list = allowed.map((each) => JSON.stringify(each)).join(", ");
    return [{ path: "", message: `must be one of ${list}, was ${shown(value)}` }];
  }
  const schema = furtherSchema(declaration);
  return schema === null ? [] : checkValue(value, schema);
}

/** Why a declaration cannot be used, or null. */
export function declarationProblem(declaration: ParameterDeclaration): string | null {
  const { format = "" } = declaration;
  if (format.startsWith("existing-") && !PATH_FORMATS.includes(format))
    return `its format must be one of ${PATH_FORMATS.join(", ")}, was '${format}'`;
  try {
    const schema = furtherSchema(declaration);
    if (schema !== null) valueSchema(schema);
    return null;
  } catch (error) {
    return error instanceof SyntaxError ? error.message : String(error);
  }
}

function isOneOf(value: JsonValue, allowed: readonly unknown[]): boolean {
  const text = canonicalJson(value);
  return allowed.some((each) => canonicalJson(each as JsonValue) === text);
}

/** Keywords that are checked here, or that check nothing. */
const PLAIN: ReadonlySet<string> = new Set([
  "type",
  "enum",
  "default",
  "description",
  "title",
  "examples",
  "$comment",
  "deprecated",
]);

const furtherSchemas = new WeakMap<ParameterDeclaration, { readonly schema: JsonObject | null }>();

/** The schema of a declaration, or null where its type and its values are all that it says. */
function furtherSchema(declaration: ParameterDeclaration): JsonObject | null {
  const known = furtherSchemas.get(declaration);
  if (known) return known.schema;
  const said = Object.entries(declaration).filter(
    ([key, value]) => key !== "default" && !(key === "required" && typeof value === "boolean"),
  );
  const schema = said.every(([key]) => PLAIN.has(key)) ? null : (Object.fromEntries(said) as JsonObject);
  furtherSchemas.set(declaration, { schema });
  return schema;
}

const IS: Readonly<Record<TypeName, (value: JsonValue) => boolean>> = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === "boolean",
  array: (value) => Array.isArray(value),
  object: isObject,
  null: (value) => value === null,
};
