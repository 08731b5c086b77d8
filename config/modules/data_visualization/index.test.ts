import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { parseSync } from "oxc-parser";
import { describe, expect, it } from "vitest";
import { runAction } from "../shared/run-action.ts";
import { temporaryFolder } from "../shared/temporary-folder.ts";
import module from "./index.ts";

interface Chart {
  svg: string;
  width: number;
  height: number;
  title: string;
  points: number;
  svg_path: string | null;
}
const draw = async (name: string, input: object): Promise<Chart> =>
  (await runAction(module, name, input as never)) as Chart;
const bar = (data: object, more: object = {}) => draw("create_bar_chart", { data, ...more });
const PARTS = [
  { name: "complexity", lost: 0.5, max: 3 },
  { name: "todo_debt", lost: 0, max: 1 },
];

/** Whether the text is well-formed XML, judged by a parser of JSX, which nests as strictly. */
const isWellFormed = (svg: string): boolean =>
  parseSync("a.jsx", `x = ${svg.replaceAll(/[{}]/g, "")}`, { lang: "jsx" }).errors.length === 0;
const textsOf = (svg: string): string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text = ""]) => text);

// Threads and many runs, on a machine that may be busy.

describe("data_visualization", () => {
  it.each<[string, object]>([
    ["create_bar_chart", { data: { A: 10, B: 20, C: 15 }, title: "Sample Data" }],
    ["create_bar_chart", { data: { A: 1 } }],
    ["create_bar_chart", { data: { A: -1, B: 0, C: 1e12 } }],
    ["create_line_plot", { data: { a: 1, b: 2 }, x_label: "x", y_label: "y" }],
    ["create_line_plot", { data: { only: 1 } }],
    ["create_line_plot", { data: { series: { a: [1, 2], b: [2, 1] }, x: ["mon", 2] } }],
    ["create_analysis_chart", { data: { quality_score: 8, score_parts: PARTS } }],
    ["create_analysis_chart", { data: { quality_score: null, score: { parts: PARTS } } }],
    ["create_analysis_chart", { data: { A: 1, B: 2 }, title: "Numbers" }],
  ])("%s draws %j: well formed, scaling, without script or anything from elsewhere", async (name, input) => {
    const { svg, width, height, points } = await draw(name, input);
    expect(isWellFormed(svg)).toBe(true);
    expect(svg).toMatch(
      new RegExp(`^<svg [^>]*viewBox="0 0 ${width} ${height}" width="100%"[^>]*role="img"><title>`),
    );
    expect(svg).not.toMatch(/<script|<style|<image|<foreignObject|\bon\w+=|href=|class="|NaN|undefined/);
    expect(svg.match(/https?:\/\/[^"]*/g)).toEqual(["http://www.w3.org/2000/svg"]);
    expect(points).toBeGreaterThan(0);
  });

  it("writes the numbers beside the bars, so that colour is not needed", async () => {
    const { svg } = await bar({ Go: 1234.567, Rust: 5 });
    expect(textsOf(svg)).toEqual(expect.arrayContaining(["Go", "1,234.57", "Rust", "5"]));
    expect(svg).toContain("<desc>Go: 1,234.57; Rust: 5</desc>");
  });

  it("hatches what was lost and says how much was kept", async () => {
    const { svg, title } = await draw("create_analysis_chart", {
      data: { quality_score: 9.5, score_parts: PARTS },
    });
    expect(title).toBe("Quality score: 9.5 of 10");
    expect(svg).toContain("<pattern");
    expect(textsOf(svg)).toEqual(
      expect.arrayContaining(["todo debt", "2.5 of 3", "1 of 1", "points kept", "points lost"]),
    );
  });

  it("tells lines apart by mark and dash", async () => {
    const { svg } = await draw("create_line_plot", {
      data: { series: { a: [1, 2], b: [2, 1], c: [0, 0] }, x: ["m", "t"] },
    });
    expect(svg.match(/stroke-dasharray/g)?.length).toBeGreaterThanOrEqual(2);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(["a", "b", "c"]));
  });

  it("draws the 20 largest of 1,000 labels and the sum of the others", async () => {
    const data = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`n${i}`, i]));
    const { svg, points } = await bar(data);
    expect(points).toBe(1_000);
    const texts = textsOf(svg);
    expect(texts).toEqual(expect.arrayContaining(["n999", "n980", "other (980)"]));
    expect(texts).not.toContain("n979");
    expect(texts.some((text) => text.startsWith(((979 * 980) / 2).toLocaleString("en")))).toBe(true);
    expect((await draw("create_line_plot", { data })).points).toBe(1_000);
  });

  it("escapes titles and labels whatever they hold", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.string({ unit: "binary" }),
            fc.constantFrom("<script>", "]]>", "&amp;", '"onload="x', "{b|c}", "</text>", "zr0-c1"),
          ),
          { minLength: 1, maxLength: 3 },
        ),
        async (labels) => {
          const data = Object.fromEntries(labels.map((label, index) => [`${label}${index}`, index]));
          const { svg } = await bar(data, { title: labels.join(" ") || "t" });
          expect(svg).not.toMatch(/<script|<\/text>[^<\s]/);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
          expect(svg).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
          expect(svg.isWellFormed()).toBe(true);
          expect(isWellFormed(svg)).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("gives the same picture for the same data, and never the ids of another", async () => {
    const parts = (lost: number) => ({ quality_score: 5, score_parts: [{ name: "size", lost, max: 2 }] });
    const [a, b, c] = [
      await draw("create_analysis_chart", { data: parts(1) }),
      await draw("create_analysis_chart", { data: parts(1) }),
      await draw("create_analysis_chart", { data: parts(2) }),
    ];
    const idsOf = ({ svg }: Chart) => [...svg.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(a.svg).toBe(b.svg);
    expect(idsOf(a).length).toBeGreaterThan(0);
    expect(idsOf(a).filter((id) => idsOf(c).includes(id))).toEqual([]);
  });

  it.each<[string, object]>([
    ["create_bar_chart", { data: {} }],
    ["create_line_plot", { data: {} }],
    ["create_line_plot", { data: { series: {}, x: [] } }],
    ["create_analysis_chart", { data: { quality_score: null, score_parts: [] } }],
    ["create_line_plot", { data: { series: { a: [1, 2] }, x: ["one"] } }],
    [
      "create_line_plot",
      {
        data: { series: Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`s${i}`, [1]])), x: ["one"] },
      },
    ],
  ])("%s refuses %j with a code, the place and what to try", async (name, input) => {
    await expect(draw(name, input)).rejects.toMatchObject({
      code: "INVALID_PARAMETERS",
      details: { problems: [{ path: expect.stringMatching(/^data/) }] },
      suggestions: [expect.any(String)],
    });
  });

  it.each([{ data: { a: "1" } }, { data: null }, { data: { a: null } }, {}])(
    "refuses %j as bars",
    async (input) => {
      await expect(draw("create_bar_chart", input)).rejects.toThrow();
    },
  );

  it("writes the picture to a file, or into a directory under a name from the title, and leaves nothing else", async () => {
    await using folder = await temporaryFolder();
    const named = await bar({ A: 1 }, { output_path: join(folder.path, "deep/one.svg") });
    const titled = await bar({ A: 1 }, { output_path: join(folder.path, "deep"), title: "Größe & <Zahl>!" });
    expect(named.svg_path).toBe(join(folder.path, "deep/one.svg"));
    expect(titled.svg_path).toBe(join(folder.path, "deep/gro-e-zahl.svg"));
    expect((await readdir(join(folder.path, "deep"))).sort()).toEqual(["gro-e-zahl.svg", "one.svg"]);
    expect(await readFile(join(folder.path, "deep/one.svg"), "utf8")).toBe(`${named.svg}\n`);
    expect((await bar({ A: 1 }, { output_path: null })).svg_path).toBeNull();
  });

  it("reports a place that cannot be written", async () => {
    await using folder = await temporaryFolder({ file: "x" });
    await expect(bar({ A: 1 }, { output_path: join(folder.path, "file/one.svg") })).rejects.toMatchObject({
      code: "STORAGE_ERROR",
    });
    expect(await readdir(folder.path)).toEqual(["file"]);
  });
});
