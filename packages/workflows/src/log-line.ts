import type { JsonObject, JsonValue } from "@orch/core";
import { cleanLine, cleanText, isObject } from "@orch/core/base";

/** Levels of a line, the least important first. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
/** One of debug, info, warn, error. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What an attempt of a step has logged, as it is stored. Its texts hold no control and no invisible characters. */
export interface LogLine {
  /** From 1, without gaps within the log of an execution. */
  readonly sequence: number;
  /** When the engine heard it, milliseconds since the epoch. */
  readonly at: number;
  readonly step: string;
  /** Of a `foreach` step: which item, from 0. */
  readonly item?: number;
  /** It comes from the undo of the step. */
  readonly undo?: true;
  readonly attempt: number;
  readonly level: LogLevel;
  /** May have several lines. */
  readonly message: string;
  readonly fields?: JsonObject;
}

/** Takes out of a text what nobody may read. */
export type Redact = (text: string) => string;

/** A message as it is kept: redacted, and clean but for its line breaks. */
export const keptMessage = (message: string, redact: Redact): string =>
  redact(message)
    .split(/\r\n|\n/)
    .map(cleanLine)
    .join("\n")
    .trimEnd();

/** Names of fields of which no text is ever kept, nor a list or an object. */
const SECRET_NAME =
  /(?:password|passwd|passphrase|secret|token|authorization|cookie|credentials?|(?:api|private|access)[-_]?key)$/i;

/** What stands in place of a secret. */
export const REDACTED = "[redacted]";

/** Fields as they are kept: redacted and clean, with the texts of those whose name says that they are secret left out. */
export function keptFields(fields: JsonObject, redact: Redact): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      cleanText(redact(name)),
      SECRET_NAME.test(name) ? hidden(value) : keptValue(value, redact),
    ]),
  );
}

/** Numbers say how many, such as tokens that were used. */
const hidden = (value: JsonValue): JsonValue =>
  typeof value === "string" || isObject(value) || Array.isArray(value) ? REDACTED : value;

function keptValue(value: JsonValue, redact: Redact): JsonValue {
  if (typeof value === "string") return keptMessage(value, redact);
  if (Array.isArray(value)) return value.map((each) => keptValue(each, redact));
  return isObject(value) ? keptFields(value as JsonObject, redact) : value;
}
