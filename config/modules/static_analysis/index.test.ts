import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runAction } from "../shared/run-action.ts";
import { temporaryFolder } from "../shared/temporary-folder.ts";
import module from "./index.ts";
import type { Analysis } from "./output.ts";

const analyze = async (path: string, more: object = {}, over = {}): Promise<Analysis> =>
  (await runAction(module, "analyze_code_quality", { path, ...more }, over)) as Analysis;
const FUNCTION = "/** Doc. */\nexport function f(a) {\n  // TODO later\n  return a ? 1 : 2;\n}\n";

// Threads and many runs, on a machine that may be busy.

describe("static_analysis.analyze_code_quality", () => {
  it("measures a tree of several languages", async () => {
    await using folder = await temporaryFolder({
      "src/a.ts": FUNCTION,
      "src/b.py": "def g(a):\n    if a:\n        return 1\n",
      "README.md": "# Title\n",
      "logo.png": Buffer.from([137, 80, 0, 1]),
      "bad.ts": "let = (;\n",
      "big.txt": "x".repeat(2_000),
    });
    const output = await analyze(folder.path, { max_file_bytes: 1_000 });
    expect(output.path).toBe(folder.path);
    expect(output.summary).toMatchObject({
      files: 4,
      source_files: 3,
      functions: 2,
      complex_functions: 0,
      max_complexity: 2,
      todos: 1,
      parse_errors: 1,
      skipped: 2,
      average_complexity: 2,
    });
    expect(output.languages.map(({ name, method, files }) => [name, method, files])).toEqual([
      ["TypeScript", "syntax", 2],
      ["Python", "lines", 1],
      ["Markdown", "lines", 1],
    ]);
    expect(output.skipped.examples).toEqual([
      { file: "logo.png", reason: "binary" },
      { file: "big.txt", reason: "oversize", detail: "2000 bytes" },
    ]);
    expect(output.parse_errors.examples).toMatchObject([{ file: "bad.ts", line: 1 }]);
    expect(output.todos.examples).toEqual([{ file: "src/a.ts", line: 3, text: "TODO later" }]);
    expect(output.quality_score).toBeGreaterThanOrEqual(0);
  });

  it("gives the same answer with one worker or three, large batches or small, and under its second name", async () => {
    await using folder = await temporaryFolder(
      Object.fromEntries(
        Array.from({ length: 70 }, (_, i) => [
          `d${i % 7}/f${i}.${i % 2 ? "ts" : "go"}`,
          FUNCTION.repeat(1 + (i % 5)),
        ]),
      ),
    );
    const strip = ({ duration_seconds: _, workers: __, ...rest }: Analysis) => rest;
    const one = strip(await analyze(folder.path, { max_workers: 1 }));
    expect(strip(await analyze(folder.path, { max_workers: 3, batch_size: 7 }))).toEqual(one);
    expect(
      strip((await runAction(module, "analyze", { path: folder.path, batch_size: 1 })) as Analysis),
    ).toEqual(one);
    expect(one.summary.files).toBe(70);
  });

  it("starts threads only for what needs them, and never more than there are batches", async () => {
    await using folder = await temporaryFolder({ "a.py": "x = 1\n" });
    expect((await analyze(folder.path)).workers).toBe(0);
    await folder.write("b.ts", FUNCTION);
    expect((await analyze(folder.path, { max_workers: 8 })).workers).toBe(1);
  });

  it("has no score, and no failure, for a tree without any program", async () => {
    await using folder = await temporaryFolder();
    expect(await analyze(folder.path)).toMatchObject({
      quality_score: null,
      summary: { files: 0 },
      languages: [],
      workers: 0,
    });
    await folder.write("a.md", "x");
    expect(await analyze(folder.path)).toMatchObject({ quality_score: null, summary: { files: 1 } });
  });

  it("analyses a single file", async () => {
    await using folder = await temporaryFolder({ "a.ts": FUNCTION, "b.ts": FUNCTION });
    expect((await analyze(join(folder.path, "a.ts"))).summary).toMatchObject({ files: 1, functions: 1 });
  });

  it("refuses a path that does not exist with a code and what to try", async () => {
    const error = await analyze("/nowhere/at all").catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: "INVALID_PARAMETERS",
      retryable: false,
      message: expect.stringContaining("/nowhere/at all"),
      details: { problems: [{ path: "path" }] },
    });
    expect((error as { suggestions: string[] }).suggestions.length).toBeGreaterThan(0);
  });

  it.each([
    { max_workers: 0 },
    { max_file_bytes: -1 },
    { batch_size: 1.5 },
    { include: "*.ts" },
    { path: "" },
  ])("refuses %j", async (input) => {
    await expect(runAction(module, "analyze", input as never)).rejects.toThrow();
  });

  it("lists a file that vanished after it was found, and goes on", async () => {
    await using folder = await temporaryFolder({ "a.py": "x = 1\n", "b.py": "y = 2\n" });
    // The log line is written between the scan and the reading.
    const swap = () => {
      rmSync(join(folder.path, "a.py"));
      mkdirSync(join(folder.path, "a.py"));
      rmSync(join(folder.path, "b.py"));
    };
    const logger = { debug: swap, info: swap, warn: swap, error: swap };
    const { skipped, summary } = await analyze(folder.path, {}, { logger });
    expect(summary.files).toBe(0);
    expect(skipped.examples).toEqual([
      { file: "b.py", reason: "unreadable", detail: "ENOENT" },
      { file: "a.py", reason: "special" },
    ]);
  });

  it("tells how far it is and ends at 1", async () => {
    await using folder = await temporaryFolder(
      Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`f${i}.ts`, FUNCTION])),
    );
    const seen: [number, string | undefined][] = [];
    await analyze(
      folder.path,
      { batch_size: 10, max_workers: 1 },
      { progress: (fraction: number, text?: string) => seen.push([fraction, text]) },
    );
    expect(seen).toEqual([
      [0.4, "10 of 25 files"],
      [0.8, "20 of 25 files"],
      [1, "25 of 25 files"],
    ]);
  });

  it("stops between batches when it is cancelled", async () => {
    await using folder = await temporaryFolder(
      Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`f${i}.ts`, FUNCTION])),
    );
    const controller = new AbortController();
    const reason = new Error("enough");
    let batches = 0;
    const progress = () => {
      batches++;
      controller.abort(reason);
    };
    await expect(
      analyze(folder.path, { batch_size: 1, max_workers: 2 }, { signal: controller.signal, progress }),
    ).rejects.toBe(reason);
    expect(batches).toBeLessThan(20);
  });

  it("survives code that nests 20,000 levels deep, hostile names, and stays small", async () => {
    const deep = `x = ${"(".repeat(20_000)}1${")".repeat(20_000)};\n`;
    const chain = `x = ${Array.from({ length: 20_000 }, () => "a").join(" && ")};\n`;
    const elses = `if (a) {}${" else if (a) {}".repeat(20_000)}\n`;
    const names = Array.from({ length: 60 }, (_, i) => [
      `${"d".repeat(200)}/${"<img src=x onerror=alert(1)>".repeat(6)}${i}.ts`,
      `${FUNCTION}let = (;\n`,
    ]);
    await using folder = await temporaryFolder({
      "deep.ts": deep,
      "chain.js": chain,
      "else.js": elses,
      ...Object.fromEntries(names),
    });
    const output = await analyze(folder.path);
    expect(output.summary).toMatchObject({ files: 63, too_deep: 1, parse_errors: 60 });
    expect(output.languages.find(({ name }) => name === "JavaScript")?.complexity).toBe(19_999 + 20_001);
    expect(JSON.stringify(output).length).toBeLessThan(60_000);
  });
});
