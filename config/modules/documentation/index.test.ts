import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "@orch/core";
import { describe, expect, it } from "vitest";
import ai from "../ai_code_editing/index.ts";
import viz from "../data_visualization/index.ts";
import env from "../environment_setup/index.ts";
import { runAction } from "../shared/run-action.ts";
import { temporaryFolder } from "../shared/temporary-folder.ts";
import analysisModule from "../static_analysis/index.ts";
import { escapeHtml } from "./html.ts";
import module from "./index.ts";

interface Written {
  report_json: string;
  report_html: string;
  bytes: { report_json: number; report_html: number };
  findings: number;
  charts: number;
}
const HOSTILE = "<img src=x onerror=alert(1)>";
const CODE = `// TODO ${HOSTILE}<script>alert(2)</script>\nfunction f(a) {\n${"  if (a) a++;\n".repeat(25)}}\n`;

async function generate(
  input: object,
  over = {},
): Promise<{ output: Written; page: string; json: Record<string, unknown> }> {
  const output = (await runAction(module, "generate_docs", input as JsonObject, over)) as Written;
  const [page, json] = [
    await readFile(output.report_html, "utf8"),
    await readFile(output.report_json, "utf8"),
  ];
  expect(output.bytes).toEqual({
    report_html: Buffer.byteLength(page),
    report_json: Buffer.byteLength(json),
  });
  return { output, page, json: JSON.parse(json) };
}

/** The steps of the ai-analysis workflow, by hand. */
async function analysed(path: string): Promise<JsonObject> {
  const analysis = (await runAction(analysisModule, "analyze", { path })) as JsonObject;
  const insights = (await runAction(ai, "generate_code_insights", { analysis_data: analysis })) as JsonObject;
  const chart = (await runAction(viz, "create_analysis_chart", { data: insights })) as JsonObject;
  const environment = (await runAction(env, "check_environment", { code_path: path })) as JsonObject;
  return { analysis, insights, environment, charts: [chart, null] };
}

// Threads and many runs, on a machine that may be busy.

describe("documentation.generate_docs", () => {
  it("writes a page and a file with all that was found", async () => {
    await using folder = await temporaryFolder({
      "src/a.js": CODE,
      "b.dat": Buffer.from([0]),
      "bad.js": "let = (;",
    });
    const output_path = join(folder.path, "out/deep");
    const { output, page, json } = await generate(
      { ...(await analysed(folder.path)), output_path, title: "My report" },
      { executionId: "exec-7", stepName: "report" },
    );
    expect(output).toMatchObject({ report_html: join(output_path, "report.html"), charts: 1 });
    expect((await readdir(output_path)).sort()).toEqual(["report.html", "report.json"]);
    for (const text of [
      "My report",
      "of 10",
      "src/a.js:2",
      "b.dat",
      "bad.js:1",
      "In numbers",
      "What to look at",
      "Charts",
      "Languages",
      "Most complex functions",
      "Largest files",
      "Skipped",
      "How the score is computed",
      "Environment",
      "exec-7",
      "No model was called",
    ]) {
      expect(page).toContain(text);
    }
    expect(json).toMatchObject({
      schema_version: 1,
      title: "My report",
      execution_id: "exec-7",
      analysis: { path: folder.path },
      charts: [{ points: 6 }],
    });
  });

  it("runs nothing, loads nothing and escapes every text", async () => {
    await using folder = await temporaryFolder({ [`${HOSTILE}.js`]: CODE, 'a"b&c.js': "let = (;" });
    const charts = { bad: { svg: "<svg><script>alert(3)</script></svg>", title: HOSTILE } };
    const { page } = await generate(
      { ...(await analysed(folder.path)), charts, output_path: folder.path, title: `${HOSTILE}</title>` },
      { executionId: HOSTILE },
    );
    expect(page).not.toMatch(/<script|<img|<link|<iframe|<object|<embed|<base|javascript:|@import|url\(/i);
    expect([...page.matchAll(/\son\w+="/g)]).toEqual([]);
    expect(page.match(/\s(?:src|href)=["\x27]/g)).toBeNull();
    expect(page).toContain(escapeHtml(`${HOSTILE}.js`));
    expect(page).toContain("is not shown: it holds more than shapes and text");
    expect(page).toContain("default-src 'none'; style-src 'unsafe-inline'");
  });

  it("has one heading of the first level and sections that are named by their headings", async () => {
    await using folder = await temporaryFolder({ "a.js": CODE });
    const { page } = await generate({ ...(await analysed(folder.path)), output_path: folder.path });
    expect(page.match(/<h1/g)).toHaveLength(1);
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, id] of page.matchAll(/aria-labelledby="([^"]+)"/g)) expect(ids).toContain(id);
    // Every table stands in a box of its own that scrolls.
    expect(page.match(/<table/g)?.length).toBe(page.match(/<div class="scroll"[^>]*>\s*<table/g)?.length);
  });

  it("shows the findings from worst to least", async () => {
    await using folder = await temporaryFolder();
    const finding = (severity: string, title: string) => ({ area: "size", severity, title });
    const findings = [
      finding("low", "third"),
      finding("high", "first"),
      finding("odd", "last"),
      finding("medium", "second"),
    ];
    const { page } = await generate({ insights: { findings }, output_path: folder.path });
    const at = ["first", "second", "third", "last"].map((title) => page.indexOf(`<h3>${title}`));
    expect(at).toEqual([...at].sort((a, b) => a - b));
    expect(at[0]).toBeGreaterThan(0);
  });

  it("shows what the steps before gave where there is no analysis", async () => {
    await using folder = await temporaryFolder();
    const results = { chart_step: { value: `a ${HOSTILE}` }, skipped: null };
    const { page, json } = await generate({ output_path: folder.path }, { results });
    expect(page).toContain("<h3>chart_step</h3>");
    expect(page).toContain(escapeHtml(HOSTILE));
    expect(json["results"]).toEqual(results);
  });

  it("says so when there is nothing at all", async () => {
    await using folder = await temporaryFolder();
    const { page, output } = await generate({
      output_path: folder.path,
      analysis: null,
      insights: null,
      charts: null,
      environment: null,
    });
    expect(page).toContain("No step before this one gave any result");
    expect(output).toMatchObject({ findings: 0, charts: 0 });
  });

  it("reports an empty tree without a score", async () => {
    await using folder = await temporaryFolder();
    const analysis = (await runAction(analysisModule, "analyze", { path: folder.path })) as JsonObject;
    const insights = (await runAction(ai, "generate_code_insights", {
      analysis_data: analysis,
    })) as JsonObject;
    const { page } = await generate({
      analysis,
      insights,
      charts: [null, null],
      output_path: join(folder.path, "o"),
    });
    expect(page).toContain("There is no program here to judge");
    expect(page).toContain("Quality score: – of 10");
  });

  it("writes files of another name beside the others, and nowhere else", async () => {
    await using folder = await temporaryFolder({ "report.html": "kept" });
    await generate({ output_path: folder.path, file_name: "deploy-report" });
    expect((await readdir(folder.path)).sort()).toEqual([
      "deploy-report.html",
      "deploy-report.json",
      "report.html",
    ]);
    expect(await readFile(join(folder.path, "report.html"), "utf8")).toBe("kept");
    for (const file_name of ["../up", "a/b", "", ".hidden"])
      await expect(generate({ output_path: folder.path, file_name })).rejects.toThrow(
        /must be letters, digits/,
      );
  });

  it("replaces an older report whole, and fails cleanly where it cannot write", async () => {
    await using folder = await temporaryFolder({ "report.html": "old", file: "x" });
    await generate({ output_path: folder.path });
    expect((await readdir(folder.path)).sort()).toEqual(["file", "report.html", "report.json"]);
    await expect(generate({ output_path: join(folder.path, "file") })).rejects.toMatchObject({
      code: "STORAGE_ERROR",
    });
    await mkdir(join(folder.path, "taken/report.html"), { recursive: true });
    await expect(generate({ output_path: join(folder.path, "taken") })).rejects.toMatchObject({
      code: "STORAGE_ERROR",
      details: { path: join(folder.path, "taken/report.html") },
    });
    expect((await readdir(join(folder.path, "taken"))).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("writes nothing when it is cancelled before", async () => {
    await using folder = await temporaryFolder();
    const reason = new Error("enough");
    await expect(generate({ output_path: folder.path }, { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    expect(await readdir(folder.path)).toEqual([]);
  });
});

describe("escapeHtml", () => {
  it("shows characters that hide or turn text", () => {
    expect(escapeHtml("a\u202eb\0c\ud800d\ne😀")).toBe("a\ufffdb\ufffdc\ufffdd\ne😀");
  });
});
