import { z } from "zod";
import type { AnalysisData } from "../shared/analysis.ts";
import { AREAS, type Area, applyRules, SEVERITIES } from "./finding.ts";
import { focusFindings } from "./focus.ts";
import { RULES } from "./rules.ts";

const amounts = z.record(z.string(), z.number());

/** What the rules made of an analysis, and the numbers that charts need. */
export const insightsSchema = z.object({
  method: z.literal("rules"),
  note: z.string(),
  path: z.string(),
  quality_score: z.number().nullable(),
  verdict: z.string(),
  focus_areas: z.array(z.enum(AREAS)),
  findings: z.array(
    z.object({
      id: z.string(),
      area: z.enum(AREAS),
      severity: z.enum(SEVERITIES),
      title: z.string(),
      why: z.string(),
      suggestion: z.string(),
      evidence: z.array(z.string()),
    }),
  ),
  /** Findings of each severity. */
  counts: z.record(z.enum(SEVERITIES), z.int()),
  /** How many rules were applied; those that found nothing are fine. */
  rules_applied: z.int(),
  score_parts: z.array(
    z.object({ name: z.string(), lost: z.number(), max: z.number(), measured: z.string() }),
  ),
  summary: amounts,
  /** Ready for create_bar_chart and create_line_plot. */
  charts: z.object({ languages: amounts, complexity: amounts, hotspots: amounts }),
});

/** The answer of generate_code_insights. */
export type Insights = z.output<typeof insightsSchema>;

const NOTE =
  "Rule-based: fixed rules over the measured numbers. No model was called and no code left this machine.";

/** Applies every rule; `focus` narrows and orders the findings, never the numbers. */
export function insightsOf(analysis: AnalysisData, focus: readonly Area[]): Insights {
  const findings = focusFindings(applyRules(RULES, analysis), focus);
  const countOf = (severity: string): number =>
    findings.filter((finding) => finding.severity === severity).length;
  return {
    method: "rules",
    note: NOTE,
    path: analysis.path,
    quality_score: analysis.quality_score,
    verdict: verdictOf(analysis.quality_score, findings[0]?.title ?? null),
    focus_areas: [...focus],
    findings: findings.map((finding) => ({ ...finding, evidence: [...finding.evidence] })),
    counts: { high: countOf("high"), medium: countOf("medium"), low: countOf("low"), info: countOf("info") },
    rules_applied: RULES.length,
    score_parts: analysis.score.parts,
    summary: analysis.summary,
    charts: chartsOf(analysis),
  };
}

function verdictOf(score: number | null, worst: string | null): string {
  if (score === null) return "There is no program here to judge.";
  const state =
    score >= 9
      ? "In very good shape"
      : score >= 7.5
        ? "In good shape"
        : score >= 5
          ? "Worth some work"
          : "Needs care soon";
  return worst === null
    ? `${state}: no rule found anything to change.`
    : `${state}. Look first at this: ${lowerFirst(worst)}.`;
}

// "TODO" and the like keep their capitals.
const lowerFirst = (text: string): string =>
  /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;

function chartsOf({ languages, distribution, complex_functions }: AnalysisData): Insights["charts"] {
  return {
    languages: amountsOf(languages.filter(({ code }) => code > 0).map(({ name, code }) => [name, code])),
    complexity: amountsOf(distribution.map(({ label, functions }) => [label, functions])),
    hotspots: amountsOf(
      complex_functions.map(({ name, file, line, complexity }) => [`${name} (${file}:${line})`, complexity]),
    ),
  };
}

/** An object without a prototype's names in the way: a language or function may be called anything. */
function amountsOf(entries: readonly (readonly [string, number])[]): Record<string, number> {
  return Object.fromEntries(entries.filter(([name]) => !REFUSED.has(name)));
}

// Keys that no JSON result may have.
const REFUSED = new Set(["__proto__", "constructor", "prototype"]);
