import { action, defineModule } from "@orch/tasks";
import { z } from "zod";
import { amountsSchema } from "./amounts.ts";
import { analysisChart, scoredSchema } from "./analysis-chart.ts";
import { barChart } from "./bar-chart.ts";
import { chartSchema } from "./chart.ts";
import { lineDataSchema, linePlot } from "./line-plot.ts";
import { saveChart } from "./save-chart.ts";

const output_path = z
  .string()
  .min(1)
  .nullish()
  .describe("A file ending in .svg, or a directory to write the picture into; nothing is written without it");
const labels = { x_label: z.string().optional(), y_label: z.string().optional(), output_path };

/** Draws charts as SVG, without a browser: they scale, load nothing and can be read without colour. */
export default defineModule({
  name: "data_visualization",
  actions: {
    create_analysis_chart: action({
      description:
        "Where an analysis of code kept and lost points of its quality score. Numbers by label give a bar chart.",
      input: z.object({
        data: z
          .union([scoredSchema.loose().refine(isScored, "no score parts"), amountsSchema])
          .describe("The output of generate_code_insights or of an analysis"),
        title: z.string().optional(),
        output_path,
      }),
      output: chartSchema,
      async run({ data, title, output_path: path }) {
        const scored = scoredSchema.safeParse(data);
        const chart =
          scored.success && isScored(data)
            ? analysisChart(scored.data, title)
            : barChart(amountsSchema.parse(data), { title: title ?? "Analysis" });
        return saveChart(chart, path);
      },
    }),
    create_bar_chart: action({
      description:
        "Lying bars with their numbers; the 20 largest and the sum of the others where there are more.",
      input: z.object({ data: amountsSchema, title: z.string().default("Bar chart"), ...labels }),
      output: chartSchema,
      async run({ data, title, x_label, y_label, output_path: path }) {
        return saveChart(barChart(data, { title, xLabel: x_label, yLabel: y_label }), path);
      },
    }),
    create_line_plot: action({
      description:
        "A line through numbers by label, or up to 6 lines: {series: {name: [numbers]}, x: [labels]}.",
      input: z.object({ data: lineDataSchema, title: z.string().default("Line plot"), ...labels }),
      output: chartSchema,
      async run({ data, title, x_label, y_label, output_path: path }) {
        return saveChart(linePlot(data, { title, xLabel: x_label, yLabel: y_label }), path);
      },
    }),
  },
});

function isScored(data: object): boolean {
  return "score_parts" in data || "score" in data;
}
