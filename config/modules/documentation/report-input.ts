import { z } from "zod";
import { analysisDataSchema } from "../shared/analysis.ts";

const finding = z.object({
  area: z.string(),
  severity: z.string(),
  title: z.string(),
  why: z.string().default(""),
  suggestion: z.string().default(""),
  evidence: z.array(z.string()).default([]),
});
const chart = z.object({
  svg: z.string(),
  title: z.string().default("Chart"),
  points: z.number().optional(),
  svg_path: z.string().nullish(),
});
const check = z.object({ name: z.string(), ok: z.boolean(), detail: z.string() });

/** What a report is made from. Every part may be missing or null, as outputs of steps that were skipped are. */
export const reportInputSchema = z.object({
  output_path: z
    .string()
    .min(1)
    .default("./output")
    .describe("Directory for the page and the JSON file; created where needed"),
  file_name: z
    .string()
    .regex(/^\w[\w.-]{0,99}$/, "must be letters, digits, _, - and dots, at most 100")
    .default("report")
    .describe("Name of both files, without their extensions; files of this name are replaced"),
  title: z.string().min(1).optional(),
  analysis: analysisDataSchema.nullish().describe("The output of static_analysis.analyze_code_quality"),
  insights: z
    .object({
      note: z.string().default(""),
      verdict: z.string().default(""),
      focus_areas: z.array(z.string()).default([]),
      findings: z.array(finding).default([]),
      rules_applied: z.number().optional(),
    })
    .nullish()
    .describe("The output of ai_code_editing.generate_code_insights"),
  charts: z
    .union([z.array(chart.nullable()), z.record(z.string(), chart.nullable())])
    .nullish()
    .describe("Outputs of data_visualization, as a list or by name; null entries are left out"),
  environment: z
    .object({ ok: z.boolean(), checks: z.array(check).default([]) })
    .nullish()
    .describe("The output of environment_setup.check_environment"),
});

/** The input after defaults. */
export type ReportInput = z.output<typeof reportInputSchema>;
/** One finding in a report. */
export type ReportFinding = z.output<typeof finding>;
/** One picture in a report. */
export type ReportChart = z.output<typeof chart>;
