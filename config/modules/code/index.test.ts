import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "@orch/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runAction } from "../shared/run-action.ts";
import { temporaryFolder } from "../shared/temporary-folder.ts";
import { parseSeparated } from "./csv.ts";
import module from "./index.ts";

const call = (action: string, input: JsonObject) => runAction(module, action, input);
const SALES =
  'region,month,amount,code\nnorth,1,10.5,007\nsouth,1,4,010\nnorth,2,,011\n"east, far",2,-3,012\n';

describe("separated values", () => {
  it("are read as they were written, whatever is in the cells", () => {
    const cell = fc.string({ unit: fc.constantFrom("a", "1", " ", ",", '"', "\n", ";") });
    const row = fc.array(cell, { minLength: 2, maxLength: 4 });
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(
        row,
        fc.array(row, { maxLength: 5 }),
        fc.constantFrom("\n", "\r\n"),
        (first, others, end) => {
          const header = first.map((_, index) => `c${index}`);
          const rows = others.map((each) => header.map((_, index) => each[index] ?? ""));
          const text = [header, ...rows].map((each) => each.map(quoted).join(",")).join(end);
          expect(parseSeparated(text, ",")).toEqual({ header, rows });
        },
      ),
    );
  });

  it("may lack quotes, cells at the end and names, and may have empty lines and a byte order mark", () => {
    expect(parseSeparated("\ufeffa,,a\n1,2\n\n3,4,5\r\n", ",")).toEqual({
      header: ["a", "column_2", "a_2"],
      rows: [
        ["1", "2", ""],
        ["3", "4", "5"],
      ],
    });
  });

  it.each([
    ['a\n"x', /line 2 has a quote that is not closed/],
    ["a,b\n1,2\n1,2,3\n", /line 3 has 3 cells, the header has 2/],
    ['a\n"x"y\n', /line 2 has text behind a closing quote/],
  ])("are refused with their line where they are none: %j", (text, message) => {
    expect(() => parseSeparated(text, ",")).toThrow(message);
  });
});

describe("loading data", () => {
  it("makes numbers and booleans of cells, and leaves codes as they are", async () => {
    await using folder = await temporaryFolder({ "sales.csv": SALES });
    const data_path = join(folder.path, "sales.csv");
    expect(await call("load_data", { data_path })).toMatchObject({
      source: data_path,
      format: "csv",
      columns: ["region", "month", "amount", "code"],
      row_count: 4,
      truncated: false,
      rows: [
        { region: "north", month: 1, amount: 10.5, code: "007" },
        { region: "south", month: 1, amount: 4, code: "010" },
        { region: "north", month: 2, amount: null, code: "011" },
        { region: "east, far", month: 2, amount: -3, code: "012" },
      ],
    });
    expect(await call("load_data", { data_path, max_rows: 1 })).toMatchObject({
      row_count: 4,
      truncated: true,
    });
  });

  it.each([
    ["a.tsv", "x\ty\n1\ttrue\n", [{ x: 1, y: true }]],
    ["a.csv", "x;y\n1;2\n", [{ x: 1, y: 2 }]],
    ["a.json", '[{"x": {"y": [1]}}]', [{ x: { y: [1] } }]],
    ["a.ndjson", '{"x": 1}\n\n{"x": 2}\n', [{ x: 1 }, { x: 2 }]],
  ])("reads %s", async (file, text, rows) => {
    await using folder = await temporaryFolder({ [file]: text });
    expect(await call("load_data", { data_path: join(folder.path, file) })).toMatchObject({ rows });
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    ["a.json", "{", /is not JSON/],
    ["a.json", '{"a": 1}', /must be a list/],
    ["a.json", '[1, {"a": 1}]', /row 1 is no object/],
    ["a.json", '[{"a": {"__proto__": 1}}]', /row 1 has the key __proto__/],
    ["a.ndjson", '{"a": 1}\n{', /line 2 is not JSON/],
    ["a.ndjson", '{"a": 1}\n[1]', /row 2 is no object/],
    ["a.csv", Uint8Array.of(0xff, 0xfe, 0x00), /not text in UTF-8/],
    ["a.bin", "x", /no extension that says its format/],
  ])("refuses %s with %j", async (file, content, message) => {
    await using folder = await temporaryFolder({ [file]: content });
    await expect(call("load_data", { data_path: join(folder.path, file) })).rejects.toMatchObject({
      code: "INVALID_PARAMETERS",
      message: expect.stringMatching(message),
    });
  });

  it("refuses a file that is not there, and a directory", async () => {
    await using folder = await temporaryFolder();
    await expect(call("load_data", { data_path: join(folder.path, "x.csv") })).rejects.toThrow(
      /x\.csv does not exist$/,
    );
    await expect(call("load_data", { data_path: join(folder.path, "nope") })).rejects.toMatchObject({
      message: expect.stringMatching(/nope does not exist$/),
      suggestions: [expect.stringContaining("relative paths start from")],
    });
    await expect(call("load_data", { data_path: folder.path, format: "csv" })).rejects.toThrow(/is no file/);
  });
});

describe("processing data", () => {
  const rows = [
    { region: "north", amount: 10 },
    { region: "south", amount: 4 },
    { region: "north", amount: 5 },
    { region: null, amount: "x" },
  ];

  it.each<[JsonObject, JsonObject]>([
    [
      { group_by: "region", value: "amount" },
      { north: 15, south: 4, "(missing)": 0 },
    ],
    [{ group_by: "region" }, { north: 2, south: 1, "(missing)": 1 }],
    [{ group_by: "region", value: "amount", aggregate: "mean", limit: 1 }, { north: 7.5 }],
    [
      { group_by: "region", value: "amount", aggregate: "max", sort_by: "region" },
      { "(missing)": 0, north: 10, south: 4 },
    ],
    [
      { group_by: "region", value: "amount", where: [{ column: "amount", operator: "<", value: 10 }] },
      { north: 5, south: 4 },
    ],
  ])("groups by %j", async (operations, amounts) => {
    const result = (await call("process_data", { data: rows, ...operations })) as { amounts: JsonObject };
    expect(Object.entries(result.amounts)).toEqual(Object.entries(amounts));
  });

  it("says what columns hold", async () => {
    const { columns } = (await call("process_data", { data: { rows } })) as { columns: JsonObject[] };
    expect(columns).toEqual([
      {
        name: "region",
        type: "string",
        present: 3,
        missing: 1,
        distinct: 2,
        min: null,
        max: null,
        mean: null,
      },
      { name: "amount", type: "mixed", present: 4, missing: 0, distinct: 4, min: 4, max: 10, mean: 19 / 3 },
    ]);
  });

  it("chooses the same rows as the conditions do one by one", () => {
    const cell = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom("a", "b", null));
    const operators = ["==", "!=", "<", "<=", ">", ">=", "missing", "present"] as const;
    const naive = (a: unknown, operator: (typeof operators)[number], b: unknown): boolean => {
      if (operator === "missing" || operator === "present") return (a === null) === (operator === "missing");
      if (operator === "==" || operator === "!=") return (a === b) === (operator === "==");
      if (typeof a !== typeof b || a === null || b === null) return false;
      const [x, y] = [a as number, b as number];
      return operator.startsWith("<")
        ? x < y || (operator === "<=" && x === y)
        : x > y || (operator === ">=" && x === y);
    };
    return fc.assert(
      fc.asyncProperty(
        fc.array(cell),
        fc.constantFrom(...operators),
        cell,
        async (cells, operator, value) => {
          const data = cells.map((each) => ({ c: each }));
          fc.pre(data.length > 0);
          const where = [{ column: "c", operator, value }];
          const result = (await call("process_data", { data, where })) as {
            rows: unknown[];
            left_out: number;
          };
          expect(result.rows).toEqual(data.filter(({ c }) => naive(c, operator, value)));
          expect(result.left_out).toBe(data.length - result.rows.length);
        },
      ),
    );
  });

  it("writes the result where it is asked to", async () => {
    await using folder = await temporaryFolder();
    const result = (await call("process_data", { data: rows, output_path: folder.path })) as {
      data_path: string;
    };
    expect(result.data_path).toBe(join(folder.path, "processed.json"));
    expect(JSON.parse(await readFile(result.data_path, "utf8"))).toMatchObject({ row_count: 4, rows });
  });

  it("refuses a column that no row has, and says which was probably meant", async () => {
    await expect(
      call("process_data", { data: rows, group_by: "regoin", value: "amont" }),
    ).rejects.toMatchObject({
      code: "INVALID_PARAMETERS",
      message: expect.stringMatching(/'regoin'; did you mean 'region'.*'amont'; did you mean 'amount'/),
    });
  });
});

describe("running tests", () => {
  const passing = 'import { test } from "node:test";\ntest("a", () => {});\ntest.skip("b", () => {});\n';

  it("runs test files with Node's own runner, and counts", async () => {
    await using folder = await temporaryFolder({
      "a.test.mjs": passing,
      "node_modules/x/b.test.mjs": "throw 1",
    });
    expect(await call("run_tests", { path: folder.path })).toMatchObject({
      runner: "node",
      passed: true,
      files: 1,
      total: 2,
      failures: 0,
      skipped: 1,
    });
  });

  it("fails for good with the output when a test fails", async () => {
    const failing =
      'import { test } from "node:test";\ntest("a", () => { throw new Error("broken thing"); });\n';
    await using folder = await temporaryFolder({ "a.test.mjs": failing, "b.test.mjs": passing });
    await expect(call("run_tests", { path: folder.path })).rejects.toMatchObject({
      code: "TASK_EXECUTION_FAILED",
      retryable: false,
      message: expect.stringMatching(/1 of 3 failed: a$/),
      details: { output: expect.stringContaining("broken thing") },
    });
  });

  it("runs the project's own script where it has one", async () => {
    const scripts = { test: "node -e \"console.log('mine ' + process.env.CI)\"" };
    await using folder = await temporaryFolder({
      "package.json": JSON.stringify({ scripts }),
      "a.test.mjs": "throw 1",
    });
    expect(await call("run_tests", { path: folder.path })).toMatchObject({
      runner: "script",
      passed: true,
      total: null,
      output: expect.stringContaining("mine 1"),
    });
  });

  it("says the last words of a script that fails, and a command that shows the rest with any Node", async () => {
    const scripts = { test: "node -e \"console.error('no database\\n'); process.exit(1)\"" };
    await using folder = await temporaryFolder({ "package.json": JSON.stringify({ scripts }) });
    await expect(call("run_tests", { path: folder.path })).rejects.toMatchObject({
      message: expect.stringMatching(/failed: exit code 1: no database$/),
      suggestions: [`See all that they write: cd ${folder.path} && npm test`],
    });
  });

  it("says so when there is nothing to run", async () => {
    await using folder = await temporaryFolder({ "a.js": "1" });
    expect(await call("run_tests", { path: folder.path })).toMatchObject({ runner: "none", total: 0 });
  });
});
