import { type Amount, amountsOf, largestAmounts, readable } from "./amounts.ts";
import { type Chart, FONT_SIZE, plainText } from "./chart.ts";
import { draw, INK, RULE } from "./draw.ts";

/** Labels on a chart. */
export interface AxisLabels {
  readonly title: string;
  readonly xLabel?: string | undefined;
  readonly yLabel?: string | undefined;
}

// More bars would be too thin, or the picture too tall.
const MOST_BARS = 20;
const ROW = 30;
const HEAD = 44;
const LONGEST_LABEL = 190;
const LETTER = FONT_SIZE * 0.56;

/** Lying bars with their numbers beside them. The 20 largest and the sum of the others where there are more. */
export function barChart(
  data: Readonly<Record<string, number>>,
  { title, xLabel, yLabel }: AxisLabels,
): Chart {
  const amounts = amountsOf(data);
  const bars = largestAmounts(amounts, MOST_BARS);
  const foot = xLabel ? 46 : 24;
  return draw({
    title: plainText(title),
    height: HEAD + bars.length * ROW + foot + (yLabel ? 18 : 0),
    points: amounts.length,
    description: bars.map(({ label, value }) => `${plainText(label, 200)}: ${readable(value)}`).join("; "),
    option: {
      grid: { left: labelWidth(bars) + 14, right: 70, top: HEAD + (yLabel ? 18 : 0), bottom: foot },
      xAxis: {
        type: "value",
        splitNumber: 4,
        name: xLabel ? plainText(xLabel) : "",
        nameLocation: "middle",
        nameGap: 26,
        nameTextStyle: { color: INK, fontSize: FONT_SIZE },
        axisLabel: { show: false },
        splitLine: { lineStyle: { color: RULE, opacity: 0.35 } },
      },
      yAxis: {
        type: "category",
        inverse: true,
        name: yLabel ? plainText(yLabel) : "",
        nameLocation: "start",
        nameTextStyle: {
          color: INK,
          fontSize: FONT_SIZE,
          align: "left",
          padding: [0, 0, 0, -labelWidth(bars)],
        },
        data: bars.map(({ label }) => plainText(label)),
        axisLine: { lineStyle: { color: RULE } },
        axisTick: { show: false },
        axisLabel: {
          color: INK,
          fontSize: FONT_SIZE,
          width: labelWidth(bars),
          overflow: "truncate",
          interval: 0,
        },
      },
      series: [
        {
          type: "bar",
          barMaxWidth: 18,
          data: bars.map(({ value }) => ({ value, label: { position: value < 0 ? "insideLeft" : "right" } })),
          label: {
            show: true,
            color: INK,
            fontSize: FONT_SIZE,
            formatter: ({ value }: { value: unknown }) => readable(Number(value)),
          },
        },
      ],
    },
  });
}

function labelWidth(bars: readonly Amount[]): number {
  const longest = Math.max(...bars.map(({ label }) => plainText(label).length));
  return Math.min(LONGEST_LABEL, Math.ceil(longest * LETTER) + 4);
}
