import type { JsonObject } from "@orch/core";
import type { ActionContext } from "@orch/tasks";
import type { ReportChart, ReportInput } from "./report-input.ts";

/** Everything that a report shows; the page and the JSON file are two views of it. */
export interface Report {
  readonly title: string;
  /** ISO 8601. */
  readonly generatedAt: string;
  readonly executionId: string | null;
  readonly stepName: string | null;
  readonly analysis: ReportInput["analysis"];
  readonly insights: ReportInput["insights"];
  readonly environment: ReportInput["environment"];
  readonly charts: readonly ReportChart[];
  /** Outputs of earlier steps: shown only where there is no analysis, which would be among them. */
  readonly results: JsonObject;
}

/** The report of an input and of the run that it is made in. */
export function reportOf(
  input: ReportInput,
  { executionId, stepName, results }: ActionContext,
  generatedAt: string,
): Report {
  const { analysis, insights, environment, charts } = input;
  return {
    title: input.title ?? (analysis ? "Code analysis" : "Report"),
    generatedAt,
    executionId: executionId ?? null,
    stepName: stepName ?? null,
    analysis,
    insights,
    environment,
    charts: Object.values(charts ?? []).filter((chart) => chart !== null),
    results: analysis ? {} : results,
  };
}

/** The report as a JSON object. Pictures are named, not repeated. */
export function reportJson(report: Report): Record<string, unknown> {
  return {
    schema_version: 1,
    title: report.title,
    generated_at: report.generatedAt,
    execution_id: report.executionId,
    quality_score: report.analysis?.quality_score ?? null,
    environment: report.environment ?? null,
    analysis: report.analysis ?? null,
    insights: report.insights ?? null,
    charts: report.charts.map(({ title, points, svg_path }) => ({
      title,
      points: points ?? null,
      svg_path: svg_path ?? null,
    })),
    results: report.results,
  };
}
