import type { LogFields, Logger } from "@orch/core/base";

/** Characters of one line: 64 Ki. What is longer is cut, with a mark. */
const MOST_LINE = 65_536;
/** Characters of all lines of an attempt: 10 Mi. Then one line says that the rest is left out. */
const MOST_LOG = 10 * 1024 * 1024;
/** What a line costs beside its text. */
const LINE_COST = 16;

/** A logger for one attempt: lines and the whole are cut where they are longer than it may write, with a mark. */
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

function boundedFields(fields: LogFields): readonly [LogFields, number] {
  try {
    const { length } = JSON.stringify(fields) ?? "";
    return length <= MOST_LINE ? [fields, length] : [{ left_out: `fields of ${length} characters` }, 0];
  } catch {
    // Whoever writes them decides what to make of fields that JSON cannot hold.
    return [fields, 0];
  }
}
