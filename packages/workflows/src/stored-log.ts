import { isObject, type JsonValue, type StoreReader } from "@orch/core";
import { keys } from "./execution-record.ts";
import type { LogLine } from "./log-line.ts";
import type { LogEnd, LogRow } from "./log-rows.ts";

/** Rows of a page: some 64 Ki characters each. */
const PAGE = 16;

/** The next lines of an execution behind the sequence number `after`, in order; none when there are no more. O(page). */
export function readLogPage(id: string, store: StoreReader, after: number): LogLine[] {
  const prefix = keys.log(id);
  // The row that holds `after + 1` may begin before it.
  const [holding] = store.list(prefix, { after: keys.logRow(id, after + 2), reverse: true, limit: 1 });
  const rest = store.list(prefix, { after: holding?.[0] ?? prefix, limit: PAGE });
  return (holding ? [holding, ...rest] : rest)
    .flatMap(([, value]) => linesOf(value))
    .filter(({ sequence }) => sequence > after);
}

/** How far the log of an execution has come in the store. */
export function logEnd(id: string, store: StoreReader): LogEnd {
  const [row] = store.list(keys.log(id), { reverse: true, limit: 1, fields: ["last", "size"] });
  const { last, size } = isObject(row?.[1]) ? row[1] : {};
  return { last: typeof last === "number" ? last : 0, size: typeof size === "number" ? size : 0 };
}

const linesOf = (value: JsonValue): readonly LogLine[] =>
  isObject(value) && Array.isArray(value["lines"]) ? (value as unknown as LogRow).lines : [];
