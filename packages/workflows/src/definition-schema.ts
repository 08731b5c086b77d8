import { isObject, type JsonObject, type JsonValue, snakeCase } from "@orch/core";
import { TaskResource } from "@orch/tasks";
import { z } from "zod";
import { parameterSchema } from "./parameter-declaration.ts";
import { StepRetry } from "./step-retry.ts";
import { StepUndo } from "./step-undo.ts";
import { Workflow } from "./workflow.ts";
import { WorkflowStep } from "./workflow-step.ts";

/**
 * The JSON Schema (draft 2020-12) of a workflow file, made from what checks the files: for editors, and for other programs
 * that write them. What only the whole tells, such as unknown steps, is for validation to find. Unknown keys are allowed,
 * since they are kept.
 */
export function definitionSchema(): JsonObject {
  const { properties, required, ...workflow } = fileSchema(Workflow.schema);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "orch workflow",
    description: "A workflow of orch: steps that depend on each other.",
    ...workflow,
    properties: { $schema: { type: "string", description: "This schema." }, ...(properties as JsonObject) },
    // The file gives the name that the text lacks.
    required: (required as string[]).filter((key) => key !== "name"),
    $defs: {
      step: stepSchema(),
      retry: fileSchema(StepRetry.schema),
      undo: fileSchema(StepUndo.schema),
      resource: fileSchema(TaskResource.schema),
      parameter: toJson(parameterSchema),
      parameters: parametersSchema,
    },
  };
}

const parametersSchema: JsonObject = {
  anyOf: [
    { type: "object", additionalProperties: { $ref: "#/$defs/parameter" } },
    {
      type: "object",
      description: "One JSON Schema for all parameters.",
      properties: {
        type: { const: "object" },
        properties: {
          type: "object",
          additionalProperties: { anyOf: [{ $ref: "#/$defs/parameter" }, { type: "boolean" }] },
        },
        required: { type: "array", items: { type: "string" } },
      },
      required: ["type", "properties"],
    },
  ],
};

function stepSchema(): JsonObject {
  const { properties, ...step } = fileSchema(WorkflowStep.schema);
  const { dependencies = null } = properties as JsonObject;
  return { ...step, properties: { ...(properties as JsonObject), depends_on: dependencies } };
}

/** A data class as it stands in a file: its keys, its durations in seconds. */
function fileSchema(schema: z.ZodObject): JsonObject {
  const { properties, required = [], additionalProperties: _, ...rest } = toJson(schema);
  const fields = Object.entries(properties as Record<string, JsonObject>);
  return {
    ...rest,
    properties: Object.fromEntries(fields.map(([name, type]) => [keyOf(name), fileField(name, type)])),
    ...((required as string[]).length > 0 ? { required: (required as string[]).map(keyOf) } : {}),
  };
}

const isDuration = (name: string): boolean => name.endsWith("Ms");

const keyOf = (name: string): string => snakeCase(isDuration(name) ? name.slice(0, -2) : name);

function fileField(name: string, type: JsonObject): JsonObject {
  return isDuration(name) ? inSeconds(type) : type;
}

/** The schema of milliseconds as that of seconds. */
function inSeconds(type: JsonObject): JsonObject {
  const entries = Object.entries(type).map(([key, value]): [string, JsonValue] => {
    if (typeof value === "number") return [key, value / 1000];
    if (key !== "anyOf" || !Array.isArray(value)) return [key, value ?? null];
    return [key, value.map((each) => (isObject(each) ? inSeconds(each as JsonObject) : each))];
  });
  return Object.fromEntries(entries);
}

/** What zod says of a schema; what stands for a data class refers to its definition. */
function toJson(schema: z.ZodType): JsonObject {
  const { $schema: _, ...made } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return withReferences(made as JsonObject) as JsonObject;
}

function withReferences(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withReferences);
  if (!isObject(value)) return value;
  const { definition, ...rest } = value as JsonObject;
  const inner = Object.fromEntries(
    Object.entries(rest).map(([key, each]) => [key, withReferences(each ?? null)]),
  );
  return typeof definition === "string" ? { ...inner, $ref: `#/$defs/${definition}` } : inner;
}
