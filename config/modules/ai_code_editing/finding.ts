import type { AnalysisData } from "../shared/analysis.ts";

/** What findings are about. The documented order; `focus_areas` names some of them. */
export const AREAS = [
  "complexity",
  "size",
  "maintainability",
  "documentation",
  "todo_debt",
  "structure",
  "tests",
  "correctness",
] as const;
/** One of {@link AREAS}. */
export type Area = (typeof AREAS)[number];

/** How much a finding matters, the worst first. */
export const SEVERITIES = ["high", "medium", "low", "info"] as const;
/** One of {@link SEVERITIES}. */
export type Severity = (typeof SEVERITIES)[number];

/** What a rule found in an analysis. */
export interface Match {
  readonly severity: Severity;
  readonly title: string;
  /** The numbers and places that it rests on, at most 5. */
  readonly evidence: readonly string[];
}

/** A rule: when it speaks, why it matters, what to try. */
export interface Rule {
  readonly id: string;
  readonly area: Area;
  readonly why: string;
  readonly suggestion: string;
  /** What the rule finds; null when there is nothing to say. */
  match(analysis: AnalysisData): Match | null;
}

/** A rule together with what it found. */
export interface Finding extends Match {
  readonly id: string;
  readonly area: Area;
  readonly why: string;
  readonly suggestion: string;
}

/** What the rules say, the worst first; within a severity in the order of the rules. */
export function applyRules(rules: readonly Rule[], analysis: AnalysisData): Finding[] {
  const findings = rules.flatMap(({ id, area, why, suggestion, match }) => {
    const found = match(analysis);
    return found ? [{ id, area, why, suggestion, ...found }] : [];
  });
  return findings.sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
}
