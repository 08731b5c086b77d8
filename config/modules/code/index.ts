import { extname, join, resolve } from "node:path";
import { isObject } from "@orch/core";
import { action, defineModule } from "@orch/tasks";
import { z } from "zod";
import { projectFolder } from "../shared/project-folder.ts";
import { writeWholeFile } from "../shared/write-file.ts";
import { FORMATS, loadData, type Row } from "./load-data.ts";
import { operationsSchema, processData } from "./process-data.ts";
import { runTests } from "./run-tests.ts";

const count = z.int().min(0);
/** Rows are lossless JSON already: looking at every cell again would take longer than all else. */
const rows = z.array(z.custom<Row>(isObject, "must be an object"));
const number = z.number().nullable();

/** Runs tests, and loads and processes tables of data. */
export default defineModule({
  name: "code",
  actions: {
    run_tests: action({
      description: "Runs the test script of a project, else its test files with Node's own test runner.",
      input: z.object({ path: z.string().min(1).default(".").describe("Directory of the project") }),
      output: z.object({
        runner: z.enum(["script", "node", "none"]),
        passed: z.boolean(),
        files: count,
        total: count.nullable(),
        failures: count.nullable(),
        skipped: count.nullable(),
        duration_seconds: z.number().min(0),
        output: z.string(),
      }),
      async run({ path }, { signal, logger }) {
        const result = await runTests(await projectFolder(path, "path"), signal);
        if (result.runner === "none") logger.warn("there are no tests to run");
        return result;
      },
    }),
    load_data: action({
      description: "Reads a table from CSV, TSV, JSON or NDJSON; cells of CSV become numbers where they are.",
      input: z.object({
        data_path: z.string().min(1).describe("The file, relative to the current directory"),
        format: z.enum(FORMATS).optional().describe("Where the extension does not say it"),
        max_rows: z.int().min(1).max(1_000_000).default(100_000).describe("Rows beyond this are left out"),
      }),
      output: z.object({
        source: z.string(),
        format: z.enum(FORMATS),
        columns: z.array(z.string()),
        rows,
        row_count: count,
        truncated: z.boolean(),
        bytes: count,
      }),
      async run({ data_path, format, max_rows }) {
        const { columns, rows: loaded, ...rest } = await loadData(data_path, format, max_rows);
        return { ...rest, columns: [...columns], rows: [...loaded] };
      },
    }),
    process_data: action({
      description: "Chooses, groups, sums up and sorts the rows of a table, and says what its columns hold.",
      input: operationsSchema.extend({
        data: z
          .union([rows, z.looseObject({ rows })])
          .describe("Rows, or the output of load_data or of process_data"),
        output_path: z
          .string()
          .min(1)
          .nullish()
          .describe("A .json file, or a directory for processed.json; nothing is written without it"),
      }),
      output: z.object({
        rows,
        row_count: count,
        left_out: count,
        columns: z.array(
          z.object({
            name: z.string(),
            type: z.string(),
            present: count,
            missing: count,
            distinct: count,
            min: number,
            max: number,
            mean: number,
          }),
        ),
        amounts: z.record(z.string(), z.number()),
        /** Absolute path of what was written, or null. */
        data_path: z.string().nullable(),
      }),
      async run({ data, output_path, ...operations }) {
        const {
          rows: made,
          columns,
          ...rest
        } = processData(Array.isArray(data) ? data : data.rows, operations);
        const result = { ...rest, rows: [...made], columns: [...columns] };
        if (!output_path) return { ...result, data_path: null };
        const file = extname(output_path) === ".json" ? output_path : join(output_path, "processed.json");
        const data_path = await writeWholeFile(resolve(file), `${JSON.stringify(result, null, 2)}\n`);
        return { ...result, data_path };
      },
    }),
  },
});
