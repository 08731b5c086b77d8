import {
  errorMessage,
  findLossy,
  isObject,
  type JsonObject,
  type LogFields,
  type Logger,
} from "@orch/core/base";

/** Characters of one line: 64 Ki. What is longer is cut, with a mark. */
const MOST_LINE = 65_536;
/** Characters of all lines of an attempt: 10 Mi. Then one line says that the rest is left out. */
const MOST_LOG = 10 * 1024 * 1024;
/** What a line costs beside its text. */
const LINE_COST = 16;

/** A logger for one attempt: lines and the whole are cut where they are longer than it may write, with a mark; fields become JSON. */
export function boundedLogger(logger: Logger): Logger {
  let left = MOST_LOG;
  const at = (level: "debug" | "info" | "warn" | "error") => (message: string, fields?: LogFields) => {
    if (left < 0) return;
    const line = cutLine(String(message));
    const [shown, size] = fields === undefined ? [undefined, 0] : boundedFields(fields);
    left -= line.length + size + LINE_COST;
    if (left < 0)
      logger.warn(`… (the log of this attempt is longer than ${MOST_LOG} characters: the rest is left out)`);
    else if (shown === undefined) logger[level](line);
    else logger[level](line, shown);
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** The line, or its beginning and how long it was. */
const cutLine = (text: string): string =>
  text.length <= MOST_LINE ? text : `${text.slice(0, MOST_LINE)}… (${text.length} characters)`;

/** Fields as JSON, whatever they are: an error is its message; what cannot be shown is named. Beside them their length. */
function boundedFields(fields: LogFields): readonly [JsonObject, number] {
  try {
    const text = JSON.stringify(fields, shown) ?? "{}";
    if (text.length > MOST_LINE) return [{ left_out: `fields of ${text.length} characters` }, 0];
    const plain: unknown = JSON.parse(text);
    return isObject(plain) && findLossy(plain) === null ? [plain as JsonObject, text.length] : [UNSHOWN, 0];
  } catch {
    return [UNSHOWN, 0];
  }
}

const UNSHOWN: JsonObject = { left_out: "fields that JSON cannot hold" };

function shown(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return value instanceof Error ? errorMessage(value) : value;
}
