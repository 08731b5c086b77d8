import { readFile, stat } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { errorMessage, findLossy, InvalidParametersError, isObject, type JsonValue } from "@orch/core";
import { parseSeparated, type Table } from "./csv.ts";

/** What data files may be. */
export const FORMATS = ["csv", "tsv", "json", "ndjson"] as const;
/** One of {@link FORMATS}. */
export type Format = (typeof FORMATS)[number];

/** A row by column. */
export type Row = Record<string, JsonValue>;

/** The content of a data file. */
export interface LoadedData {
  /** Absolute path. */
  readonly source: string;
  readonly format: Format;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  /** Rows in the file; more than there are here where it was cut. */
  readonly row_count: number;
  readonly truncated: boolean;
  readonly bytes: number;
}

const MOST_BYTES = 64 * 1024 * 1024;
const BY_EXTENSION: Readonly<Record<string, Format>> = {
  ".csv": "csv",
  ".tsv": "tsv",
  ".json": "json",
  ".ndjson": "ndjson",
  ".jsonl": "ndjson",
};

/** Reads a data file of at most 64 MiB. INVALID_PARAMETERS where it is none, with the place of the mistake. */
export async function loadData(path: string, wanted: Format | undefined, most: number): Promise<LoadedData> {
  const source = resolve(path);
  await refuseMissing(source);
  const format = wanted ?? BY_EXTENSION[extname(source).toLowerCase()];
  if (format === undefined) throw refused(`${source} has no extension that says its format`);
  const bytes = await readBytes(source);
  const text = decode(bytes, source);
  const all = rowsOf(text, format);
  const rows = all.slice(0, most);
  const columns = new Set<string>();
  for (const row of rows) for (const column of Object.keys(row)) columns.add(column);
  return {
    source,
    format,
    columns: [...columns],
    rows,
    row_count: all.length,
    truncated: all.length > rows.length,
    bytes: bytes.length,
  };
}

/** Throws for what is not there, or is no file. */
async function refuseMissing(source: string): Promise<void> {
  const found = await stat(source).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) {
    if (found.code !== "ENOENT") throw refused(`${source} cannot be read: ${errorMessage(found)}`);
    throw refused(`${source} does not exist`, [CHECK_PATH]);
  }
  if (!found.isFile()) throw refused(`${source} is no file`, [CHECK_PATH]);
}

async function readBytes(source: string): Promise<Buffer> {
  try {
    const { size } = await stat(source);
    if (size > MOST_BYTES) throw new Error(`it has ${size} bytes, more than ${MOST_BYTES}`);
    return await readFile(source);
  } catch (error) {
    throw refused(`${source} cannot be read: ${errorMessage(error)}`);
  }
}

function decode(bytes: Buffer, source: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw refused(`${source} is not text in UTF-8`);
  }
}

function rowsOf(text: string, format: Format): Row[] {
  switch (format) {
    case "csv":
      return typedRows(parseSeparated(text, separatorOf(text)));
    case "tsv":
      return typedRows(parseSeparated(text, "\t"));
    case "json":
      return jsonRows(parseJson(text, "the file"));
    case "ndjson":
      return text
        .split(/\r?\n/)
        .flatMap((line, index) =>
          line.trim() === "" ? [] : jsonRows([parseJson(line, `line ${index + 1}`)], index),
        );
  }
}

/** A semicolon where the first line has more of them than commas, as spreadsheets write in many countries. */
function separatorOf(text: string): string {
  const [first = ""] = text.split("\n", 1);
  return first.split(";").length > first.split(",").length ? ";" : ",";
}

function parseJson(text: string, where: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    throw refused(`${where} is not JSON: ${errorMessage(error)}`);
  }
}

function jsonRows(value: JsonValue, from = 0): Row[] {
  if (!Array.isArray(value)) throw refused("JSON data must be a list of objects");
  return value.map((row: JsonValue, index) => {
    const lossy = findLossy(row);
    if (!isObject(row)) throw refused(`row ${from + index + 1} is no object`);
    if (lossy) throw refused(`row ${from + index + 1} has ${lossy.reason} at ${lossy.path}`);
    return row as Row;
  });
}

function typedRows({ header, rows }: Table): Row[] {
  return rows.map((cells) =>
    Object.fromEntries(header.map((name, index) => [name, typedCell(cells[index] ?? "")])),
  );
}

/** Digits with a leading zero are a code, such as a postal one; numbers that would lose digits stay text, too. */
const NUMBER = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?(?:[eE][-+]?\d{1,2})?$/;

/** A cell as a number or a boolean where it is written as one; an empty one is null. */
function typedCell(cell: string): JsonValue {
  const text = cell.trim();
  if (text === "") return null;
  if (text === "true" || text === "false") return text === "true";
  return NUMBER.test(text) && !Object.is(Number(text), -0) ? Number(text) : cell;
}

const CHECK_PATH = `Check the spelling of the path; relative paths start from ${process.cwd()}.`;
const CHECK_FORMAT = "Give a .csv, .tsv, .json (a list of objects) or .ndjson file, or name its format.";

const refused = (message: string, suggestions: readonly string[] = [CHECK_FORMAT]): InvalidParametersError =>
  new InvalidParametersError(message, {
    details: { problems: [{ path: "data_path", message }] },
    suggestions,
  });
