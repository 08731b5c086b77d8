import { InvalidParametersError } from "@orch/core";
import { z } from "zod";
import { amountsOf, amountsSchema, nothingToDraw, readable } from "./amounts.ts";
import type { AxisLabels } from "./bar-chart.ts";
import { type Chart, FONT_SIZE, plainText } from "./chart.ts";
import { COLOURS, draw, INK, RULE } from "./draw.ts";

/** One line: labels and numbers; or several over the same labels. */
export const lineDataSchema = z.union([
  amountsSchema,
  z.object({
    series: z.record(z.string(), z.array(z.number())),
    x: z.array(z.union([z.string(), z.number()])),
  }),
]);
type LineData = z.output<typeof lineDataSchema>;

interface Lines {
  readonly labels: readonly string[];
  readonly series: readonly (readonly [name: string, values: readonly number[]])[];
}

// Told apart without colour: by mark and dash.
const MARKS = ["circle", "rect", "triangle", "diamond", "roundRect", "pin"];
const DASHES: readonly (string | readonly number[])[] = [
  "solid",
  "dashed",
  "dotted",
  [12, 4],
  [2, 6],
  [10, 4, 2, 4],
];
const MOST_MARKED = 25;
const MOST_NUMBERED = 10;
const HEIGHT = 320;

/** Lines through the numbers in their order. Up to 6 lines; up to 10 numbers of a single line are written beside their marks. */
export function linePlot(data: LineData, { title, xLabel, yLabel }: AxisLabels): Chart {
  const { labels, series } = linesOf(data);
  const single = series.length === 1;
  return draw({
    title: plainText(title),
    height: HEIGHT,
    points: series.reduce((sum, [, values]) => sum + values.length, 0),
    description: describe(labels, series),
    option: {
      ...(single
        ? {}
        : { legend: { bottom: 4, textStyle: { color: INK, fontSize: FONT_SIZE }, itemWidth: 36 } }),
      grid: { left: 64, right: 24, top: yLabel ? 76 : 54, bottom: (xLabel ? 54 : 34) + (single ? 0 : 34) },
      xAxis: {
        type: "category",
        data: labels,
        name: xLabel ? plainText(xLabel) : "",
        nameLocation: "middle",
        nameGap: 30,
        nameTextStyle: { color: INK, fontSize: FONT_SIZE },
        axisLine: { lineStyle: { color: RULE } },
        axisLabel: { color: INK, fontSize: FONT_SIZE - 1, hideOverlap: true },
      },
      yAxis: {
        type: "value",
        splitNumber: 4,
        name: yLabel ? plainText(yLabel) : "",
        nameTextStyle: { color: INK, fontSize: FONT_SIZE, align: "left", padding: [0, 0, 4, -56] },
        axisLabel: { color: INK, fontSize: FONT_SIZE - 1, formatter: (value: number) => readable(value) },
        splitLine: { lineStyle: { color: RULE, opacity: 0.35 } },
      },
      series: series.map(([name, values], index) => lineOf(name, values, { index, single })),
    },
  });
}

function lineOf(
  name: string,
  values: readonly number[],
  { index, single }: { index: number; single: boolean },
): object {
  const color = COLOURS[index % COLOURS.length];
  return {
    type: "line",
    name: plainText(name, 30),
    data: values.map((value, at) => ({ value, label: besideLine(values[at - 1], value, values[at + 1]) })),
    symbol: MARKS[index % MARKS.length],
    symbolSize: 8,
    showSymbol: values.length <= MOST_MARKED,
    itemStyle: { color },
    lineStyle: { color, width: 2, type: DASHES[index % DASHES.length] },
    label: {
      show: single && values.length <= MOST_NUMBERED,
      color: INK,
      fontSize: FONT_SIZE - 1,
      formatter: ({ value }: { value: unknown }) => readable(Number(value)),
    },
  };
}

/** Where the number of a mark is not crossed by the line that comes to it or leaves it: away from the steeper side. */
function besideLine(before = Number.NEGATIVE_INFINITY, value = 0, after = Number.NEGATIVE_INFINITY): object {
  if (before > value && after > value) return { position: "bottom" };
  if (before > value) return { align: "left" };
  return after > value ? { align: "right" } : {};
}

function linesOf(data: LineData): Lines {
  if (!isSeries(data)) {
    const amounts = amountsOf(data);
    return {
      labels: amounts.map(({ label }) => plainText(label, 24)),
      series: [["", amounts.map(({ value }) => value)]],
    };
  }
  const series = Object.entries(data.series);
  if (series.length === 0 || data.x.length === 0)
    throw nothingToDraw("data.series", "there is no series, or no x");
  const problems = series.flatMap(([name, values]) =>
    values.length === data.x.length
      ? []
      : [{ path: `data.series.${name}`, message: `${values.length} numbers for ${data.x.length} labels` }],
  );
  if (series.length > MARKS.length)
    problems.push({
      path: "data.series",
      message: `${series.length} lines, at most ${MARKS.length} can be told apart`,
    });
  if (problems.length > 0) {
    const message = problems.map(({ path, message }) => `${path}: ${message}`).join("; ");
    throw new InvalidParametersError(`Cannot plot these lines: ${message}`, {
      details: { problems },
      suggestions: ["Give each series one number for every entry of x"],
    });
  }
  return { labels: data.x.map((label) => plainText(String(label), 24)), series };
}

function isSeries(data: LineData): data is Extract<LineData, { x: unknown }> {
  return Array.isArray(data["x"]);
}

const MOST_DESCRIBED = 20;

function describe(labels: readonly string[], series: Lines["series"]): string {
  return series
    .map(([name, values]) => {
      const shown = values
        .slice(0, MOST_DESCRIBED)
        .map((value, index) => `${labels[index] ?? ""}: ${readable(value)}`);
      const rest = values.length > MOST_DESCRIBED ? `; and ${values.length - MOST_DESCRIBED} more` : "";
      return `${name === "" ? "" : `${plainText(name, 30)}: `}${shown.join("; ")}${rest}`;
    })
    .join(". ");
}
