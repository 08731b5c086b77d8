import { isObject, type JsonObject, type JsonValue } from "@orch/core";
import type { OpenQuestion } from "@orch/workflows";
import { z } from "zod";

/** What a client shows a person: flat fields. */
export interface QuestionForm {
  readonly message: string;
  readonly requestedSchema: JsonObject & {
    readonly type: "object";
    readonly properties: Readonly<Record<string, JsonObject>>;
    readonly required?: readonly string[];
  };
}

const MOST_FIELDS = 20;
const SIMPLE: ReadonlySet<unknown> = new Set(["string", "number", "integer", "boolean"]);
/** What a field may say that any client understands. */
const KEYWORDS: ReadonlySet<string> = new Set([
  ...["type", "title", "description", "default", "enum", "format"],
  ...["minLength", "maxLength", "minimum", "maximum"],
]);
const FORMATS: ReadonlySet<unknown> = new Set(["email", "uri", "date", "date-time"]);
/** Whoever answers such a field sends a secret through the model's client. */
const SECRET = /pass(word|phrase|code)|secret|token|credential|api[_-]?key|private[_-]?key/i;

const APPROVAL: QuestionForm["requestedSchema"] = {
  type: "object",
  properties: {
    decision: { type: "string", title: "Decision", enum: ["approve", "reject"] },
    comment: { type: "string", title: "Comment", maxLength: 1000 },
  },
  required: ["decision"],
};

/**
 * The form of a question; null for one that no form can ask: an answer that is no object of flat fields, or one that asks
 * for a secret. `message` is what is said to the person.
 */
export function formOf({ kind, form }: OpenQuestion, message: string): QuestionForm | null {
  if (kind === "human.approval") return { message, requestedSchema: APPROVAL };
  const { type, properties, required = [], ...rest } = form ?? {};
  if (type !== "object" || !isObject(properties) || !Array.isArray(required)) return null;
  const fields = Object.entries(properties as JsonObject);
  const isKnown = Object.keys(rest).every((key) => ABOUT.has(key));
  if (!isKnown || fields.length === 0 || fields.length > MOST_FIELDS) return null;
  if (!fields.every(([name, field]) => isField(name, field))) return null;
  return {
    message,
    requestedSchema: {
      type,
      properties: Object.fromEntries(fields) as Record<string, JsonObject>,
      ...(required.length === 0 ? {} : { required: required.map(String) }),
    },
  };
}

/** Beside its fields a form may say this of itself, which changes nothing. */
const ABOUT: ReadonlySet<string> = new Set(["$schema", "title", "description", "additionalProperties"]);

function isField(name: string, field: JsonValue): boolean {
  if (!isObject(field) || Array.isArray(field) || !SIMPLE.has(field["type"])) return false;
  const { format, title = "", description = "" } = field as JsonObject;
  if (format !== undefined && !FORMATS.has(format)) return false;
  if ([name, title, description].some((text) => SECRET.test(String(text)))) return false;
  return Object.keys(field).every((key) => KEYWORDS.has(key));
}

const decisionSchema = z.strictObject({
  decision: z.enum(["approve", "reject"]),
  comment: z.string().max(1000).optional(),
});

/** What was said, as the step takes it; null for what does not fit its form. `by` is kept with an approval. */
export function answerOf({ kind, form }: OpenQuestion, content: unknown, by: string): JsonValue | null {
  if (kind === "human.input") {
    const checked = z
      .fromJSONSchema((form ?? {}) as Parameters<typeof z.fromJSONSchema>[0])
      .safeParse(content);
    return checked.success ? (checked.data as JsonValue) : null;
  }
  const checked = decisionSchema.safeParse(content);
  if (!checked.success) return null;
  const { decision, comment } = checked.data;
  return {
    approved: decision === "approve",
    by,
    ...(comment === undefined || comment === "" ? {} : { comment }),
  };
}
