import { createHash } from "node:crypto";
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TitleComponent } from "echarts/components";
import { type EChartsCoreOption, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { CHART_WIDTH, type Chart, FONT_SIZE, plainText } from "./chart.ts";

/** The colour of text and axes while drawing; the picture then takes that of the text around it. */
export const INK = "#1b1f24";
/** Text in a chart. */
export const TEXT = { color: INK, fontSize: FONT_SIZE } as const;
/** Lines behind the data: seen on light and dark. */
export const RULE = "#8b949e";
/** Fills and lines, in order; each is told apart by its mark or pattern too. */
export const COLOURS = ["#3b78d8", "#c2571a", "#2f8f5b", "#8a5cc7", "#b03a5b", "#6b7280"] as const;

/** What to draw. */
export interface Drawing {
  readonly title: string;
  readonly height: number;
  readonly points: number;
  /** What the picture says, for those who cannot see it. */
  readonly description: string;
  readonly option: EChartsCoreOption;
}

/** Draws without a browser. The same drawing gives the same text. */
export function draw({ title, height, points, description, option }: Drawing): Chart {
  use([BarChart, LineChart, GridComponent, TitleComponent, LegendComponent, AriaComponent, SVGRenderer]);
  const chart = init(null, null, { renderer: "svg", ssr: true, width: CHART_WIDTH, height });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: "transparent",
      color: [...COLOURS],
      textStyle: { color: INK, fontSize: FONT_SIZE, fontFamily: "system-ui, sans-serif" },
      title: {
        text: title,
        left: 4,
        top: 4,
        textStyle: { color: INK, fontSize: FONT_SIZE + 2 },
      },
      ...option,
    });
    return {
      svg: finish(chart.renderToSVGString(), { title, description }),
      width: CHART_WIDTH,
      height,
      title,
      points,
    };
  } finally {
    chart.dispose();
  }
}

/** Makes the picture scale, name itself, follow the colour of the text around it, and live beside others in one page. */
function finish(raw: string, { title, description }: { title: string; description: string }): string {
  // The renderer numbers its charts, so two pictures of two processes would share ids; effects of hovering are of no use here.
  const plain = raw.replace(/<style\b[^>]*>[\s\S]*?<\/style>/g, "").replace(/ class="[^"]*"/g, "");
  const prefix = `c${createHash("sha256")
    .update(plain.replace(/\bzr\d+-/g, ""))
    .digest("hex")
    .slice(0, 10)}-`;
  const body = plain
    .replace(/(\bid="|url\(#)zr\d+-/g, `$1${prefix}`)
    .replaceAll(`"${INK}"`, '"currentColor"');
  const label = `<title>${escapeXml(title)}</title><desc>${escapeXml(description)}</desc>`;
  return body.replace(/<svg\b[^>]*>/, (head) => {
    const viewBox = /viewBox="([^"]*)"/.exec(head)?.[1] ?? "";
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${viewBox}" width="100%" style="max-width:${CHART_WIDTH}px" color="${INK}" role="img">${label}`;
  });
}

function escapeXml(text: string): string {
  return plainText(text, 2_000)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
