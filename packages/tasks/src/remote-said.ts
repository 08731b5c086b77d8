import { findLossy, isObject, type JsonObject, type JsonValue } from "@orch/core/base";
import { z } from "zod";
import { MAX_RESULT_BYTES } from "./call-check.ts";
import { mostBytes } from "./copy-json.ts";
import type { Failure } from "./failure.ts";
import { NoMessage } from "./no-message.ts";
import { ASKED } from "./remote-message.ts";

/** The texts and details of a failure are cut to less where it is made. */
const MOST_TEXT = 65_536;
const MOST_DETAILS = 131_072;
const MOST_SUGGESTIONS = 16;

const TEXT = z.string().max(MOST_TEXT);

/** A result as it is stored and handed on: JSON without loss, and not too large. */
export const isResult = (value: unknown): value is JsonValue =>
  findLossy(value) === null &&
  (mostBytes(value as JsonValue) <= MAX_RESULT_BYTES ||
    Buffer.byteLength(JSON.stringify(value)) <= MAX_RESULT_BYTES);

/** See {@link isResult}. */
export const RESULT = z.custom<JsonValue>(isResult, "no JSON that could be kept");

/** What an attempt says that it has used. */
export const USAGE = z.object({
  cpuMs: z.number().min(0).max(Number.MAX_SAFE_INTEGER),
  peakBytes: z.number().min(0).max(Number.MAX_SAFE_INTEGER),
});

/** Value by value, as details are taken from what was thrown: together they may lie a level deeper. */
const isDetails = (details: unknown): details is JsonObject =>
  isObject(details) &&
  Object.values(details).every((value) => findLossy(value) === null) &&
  JSON.stringify(details).length <= MOST_DETAILS;

/** Why an attempt failed, in its own words. */
export const FAILURE: z.ZodType<Failure> = z.object({
  message: TEXT,
  type: TEXT,
  code: z.string().regex(/^[A-Z][A-Z0-9_]{1,63}$/),
  details: z.custom<JsonObject>(isDetails, "no JSON object that could be kept"),
  suggestions: z.array(TEXT).max(MOST_SUGGESTIONS),
  retryable: z.boolean(),
  at: TEXT.optional(),
  stack: TEXT.exactOptional(),
});

const isFraction = (value: unknown): value is number | null => typeof value === "number" || value === null;
const isPlain = (value: unknown): value is JsonValue => findLossy(value) === null;

/** What an attempt says while it runs; see FromRemote. */
export const REMOTE_MESSAGES = [
  z.object({
    type: z.literal("progress"),
    // Of what is no finite number JSON makes null.
    fraction: z.custom<number | null>(isFraction).transform((fraction) => fraction ?? Number.NaN),
    text: z.string(),
  }),
  z.object({
    type: z.literal("log"),
    level: z.enum(["debug", "info", "warn", "error"]),
    message: z.string(),
    fields: z.custom<JsonValue>(isPlain, "no JSON").transform((fields) => (isObject(fields) ? fields : {})),
  }),
  z.object({ type: z.literal("ask"), what: z.enum(ASKED) }),
] as const;

/** A message as `schema` says. Throws {@link NoMessage}. */
export function readAs<Message>(schema: z.ZodType<Message>, value: unknown): Message {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new NoMessage([issue?.path.join("."), issue?.message].filter(Boolean).join(": "));
}
