import { z } from "zod";
import { nothingToDraw, readable } from "./amounts.ts";
import { rowsOf } from "./bar-chart.ts";
import { type Chart, plainText } from "./chart.ts";
import { COLOURS, draw, TEXT } from "./draw.ts";

const part = z.object({
  name: z.string(),
  lost: z.number().min(0),
  max: z.number().min(0),
  measured: z.string().default(""),
});

/** What the chart needs of insights (`score_parts`) or of an analysis (`score.parts`). */
export const scoredSchema = z.object({
  quality_score: z.number().nullable().default(null),
  score_parts: z.array(part).optional(),
  score: z.object({ parts: z.array(part).default([]) }).optional(),
});
type Scored = z.output<typeof scoredSchema>;

const ROW = 40;
const HEAD = 74;

/** Where the points of the quality score were kept and lost: a bar for each part, what was lost being hatched. */
export function analysisChart(data: Scored, title: string | undefined): Chart {
  const parts = data.score_parts ?? data.score?.parts ?? [];
  if (parts.length === 0)
    throw nothingToDraw("data", "data has no score parts (is there any program in the analysis?)");
  const score = data.quality_score === null ? "" : `: ${readable(data.quality_score)} of 10`;
  return draw({
    title: plainText(title ?? `Quality score${score}`),
    height: HEAD + parts.length * ROW + 16,
    points: parts.length,
    description: parts
      .map(
        ({ name, lost, max }) =>
          `${nameOf(name)}: ${readable(keptOf(lost, max))} of ${readable(max)} points kept`,
      )
      .join("; "),
    option: {
      aria: {
        enabled: true,
        label: { enabled: false },
        decal: { show: true, decals: [{ symbol: "none" }, HATCH] },
      },
      legend: { top: 34, left: 0, itemGap: 28, textStyle: TEXT, selectedMode: false },
      grid: { left: 124, right: 92, top: HEAD, bottom: 12 },
      xAxis: { type: "value", min: 0, axisLabel: { show: false }, splitLine: { show: false } },
      yAxis: rowsOf(parts.map(({ name }) => nameOf(name))),
      series: [
        {
          ...BAR,
          name: "points kept",
          color: COLOURS[0],
          data: parts.map(({ lost, max }) => keptOf(lost, max)),
        },
        {
          ...BAR,
          name: "points lost",
          color: COLOURS[1],
          data: parts.map(({ lost }) => lost),
          label: labelOf(parts),
        },
      ],
    },
  });
}

const BAR = { type: "bar", stack: "points", barWidth: 20 } as const;
const HATCH = {
  symbol: "rect",
  color: "rgba(255,255,255,0.75)",
  dashArrayX: [1, 0],
  dashArrayY: [3, 4],
  rotation: -Math.PI / 4,
};

function labelOf(parts: readonly { lost: number; max: number }[]): object {
  return {
    show: true,
    position: "right",
    ...TEXT,
    formatter: ({ dataIndex }: { dataIndex: number }) => {
      const { lost, max } = parts[dataIndex] ?? { lost: 0, max: 0 };
      return `${readable(keptOf(lost, max))} of ${readable(max)}`;
    },
  };
}

const keptOf = (lost: number, max: number): number => Math.max(0, Math.round((max - lost) * 100) / 100);
const nameOf = (name: string): string => plainText(name.replaceAll("_", " "), 14);
