import { type Amount, amountsOf, largestAmounts, readable } from "./amounts.ts";
import { type Chart, FONT_SIZE, plainText } from "./chart.ts";
import { draw, RULE, TEXT } from "./draw.ts";

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
const LONGEST_LABEL = 22;
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
        nameTextStyle: TEXT,
        axisLabel: { show: false },
        splitLine: { lineStyle: { color: RULE, opacity: 0.35 } },
      },
      yAxis: {
        ...rowsOf(bars.map(({ label }) => plainText(label, LONGEST_LABEL))),
        name: yLabel ? plainText(yLabel) : "",
        nameLocation: "start",
        nameTextStyle: { ...TEXT, align: "left", padding: [0, 0, 0, -labelWidth(bars)] },
      },
      series: [seriesOf(bars, amounts.length)],
    },
  });
}

/** The axis of lying bars: a label for each, from the top. */
export function rowsOf(labels: readonly string[]): object {
  return {
    type: "category",
    inverse: true,
    data: [...labels],
    axisLine: { lineStyle: { color: RULE } },
    axisTick: { show: false },
    axisLabel: { ...TEXT, interval: 0 },
  };
}

function seriesOf(bars: readonly Amount[], total: number): object {
  const others = bars.length < total ? bars.at(-1) : undefined;
  // The sum of the others may dwarf every bar above it: then it stands there as a number alone.
  const hidden = others && others.value > (bars[0]?.value ?? 0) ? others : undefined;
  return {
    type: "bar",
    barMaxWidth: 18,
    data: bars.map((bar) => ({
      value: bar === hidden ? 0 : bar.value,
      label: { position: bar.value < 0 ? "insideLeft" : "right" },
    })),
    label: {
      show: true,
      ...TEXT,
      formatter: ({ dataIndex }: { dataIndex: number }) => {
        const bar = bars[dataIndex];
        return bar === undefined
          ? ""
          : `${readable(bar.value)}${bar === hidden ? " together (not drawn)" : ""}`;
      },
    },
  };
}

/** Room for the labels: what the renderer would measure, had it a browser. */
function labelWidth(bars: readonly Amount[]): number {
  return Math.ceil(Math.max(...bars.map(({ label }) => plainText(label, LONGEST_LABEL).length)) * LETTER) + 4;
}
