/** JSON facts beside a log message. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where a package writes what is worth knowing but is no event. Implementations never throw. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

const ignore = () => {};

/** Writes nothing: the default of every package. */
export const noopLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
