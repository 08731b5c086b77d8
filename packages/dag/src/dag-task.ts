import { dataClass, findLossy, isObject, type JsonObject, type JsonValue } from "@orch/core";
import { z } from "zod";
import { type GraphNode, nameOf } from "./graph-node.ts";

/** Where a task of a {@link WorkflowDAG} stands. */
export const DAGTaskStatus = {
  PENDING: "pending",
  RUNNING: "running",
  COMPLETED: "completed",
  FAILED: "failed",
  SKIPPED: "skipped",
} as const;
/** One of pending, running, completed, failed, skipped. */
export type DAGTaskStatus = (typeof DAGTaskStatus)[keyof typeof DAGTaskStatus];

const json = <Value extends JsonValue>(accepts: (value: unknown) => boolean, what: string) =>
  z.custom<Value>(accepts, `must be ${what}`).superRefine((value, context) => {
    const lossy = findLossy(value);
    if (lossy)
      context.addIssue({
        code: "custom",
        message: `cannot be kept as JSON: ${lossy.path || "it"} is ${lossy.reason}`,
      });
  });

/** The fields of a {@link DAGTask}. Only `name` is required. */
export const dagTaskSchema = z.object({
  name: z.string(),
  module: z.string().default(""),
  action: z.string().default(""),
  dependencies: z
    .array(z.string())
    .transform((names) => [...new Set(names)] as readonly string[])
    .default([]),
  parameters: json<JsonObject>(isObject, "an object")
    .transform((parameters): JsonObject => ({ ...parameters }))
    .default({}),
  status: z.preprocess(
    (status) => (typeof status === "string" ? status.toLowerCase() : status),
    z.enum(DAGTaskStatus).default("pending"),
  ),
  executionOrder: z.int().min(-1).default(-1),
  result: json<JsonValue>(() => true, "a JSON value").default(null),
  error: z.string().nullable().default(null),
});

/**
 * One task of a {@link WorkflowDAG}: what to do, what it depends on, how it stands. `dependencies` are kept without
 * repetitions; {@link WorkflowDAG.addDependency} adds to them. `executionOrder` is the position in the flat order, −1
 * until the DAG was put in order.
 */
export class DAGTask extends dataClass(dagTaskSchema, { name: "DAGTask" }) {}

/** What a {@link DAGTask} is made of: its fields, of which only `name` (or `id`) is required, or its dict. */
export type DAGTaskInit = Readonly<Partial<Omit<z.input<typeof dagTaskSchema>, "name" | "dependencies">>> &
  GraphNode;

/** What a DAG keeps of a foreign object, such as a step or a task of another package. */
const SHARED = ["module", "action", "dependencies", "parameters"] as const;

/**
 * A task of its own with the fields of `init`, which is left alone. Of an instance of another class only what both
 * have, name to parameters, is taken. Throws INVALID_PARAMETERS.
 */
export function copyTask(init: DAGTaskInit): DAGTask {
  const fields: unknown =
    init instanceof DAGTask ? { ...init, ...init.extra } : isPlain(init) ? init : pick(init);
  return new DAGTask(nameById(fields) as z.input<typeof dagTaskSchema>);
}

/** Whether `init` is a plain object that says nothing beside its name (or id) and dependencies. */
export function isBareNode(init: DAGTaskInit): boolean {
  for (const key in init) {
    if (key === "name" || key === "dependencies") continue;
    if (key !== "id" || "name" in init) return false;
  }
  // Most are plain, and told so by their constructor in half the time.
  return init.constructor === Object || isPlain(init);
}

function isPlain(init: unknown): boolean {
  if (!isObject(init)) return true; // what is no object at all is refused with its value
  const prototype: unknown = Object.getPrototypeOf(init);
  return prototype === Object.prototype || prototype === null;
}

function pick(init: GraphNode): Record<string, unknown> {
  const given = init as unknown as Readonly<Record<string, unknown>>;
  const shared = SHARED.flatMap((key) => (given[key] === undefined ? [] : [[key, given[key]] as const]));
  return { name: nameOf(init), ...Object.fromEntries(shared) };
}

/** An id stands for the name only where there is no name; else it is a key like any other. */
function nameById(fields: unknown): unknown {
  if (!isObject(fields) || fields["name"] !== undefined || fields["id"] === undefined) return fields;
  const { id, ...rest } = fields;
  return { ...rest, name: id };
}
