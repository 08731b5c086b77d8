import { type Html, html } from "./html.ts";
import type { Report } from "./report.ts";
import type { ReportFinding } from "./report-input.ts";

const ORDER = ["high", "medium", "low", "info"];

/** What was found, the worst first, with its evidence and what to try. */
export function findings({ insights }: Report): Html | null {
  if (!insights) return null;
  const sorted = [...insights.findings].sort((a, b) => rank(a) - rank(b));
  const focus =
    insights.focus_areas.length > 0 &&
    html`<p class="note">Only: ${insights.focus_areas.join(", ").replaceAll("_", " ")}</p>`;
  const none = html`<p>No rule found anything to change.</p>`;
  return html`<section aria-labelledby="findings"><h2 id="findings">What to look at</h2>${focus}
${sorted.length === 0 ? none : html`<ol class="findings">${sorted.map(finding)}</ol>`}</section>`;
}

function rank({ severity }: ReportFinding): number {
  const at = ORDER.indexOf(severity);
  return at === -1 ? ORDER.length : at;
}

function finding({ area, severity, title, why, suggestion, evidence }: ReportFinding): Html {
  // The class is one of ours or none: never a text from outside.
  const kind = ORDER.includes(severity) ? severity : "info";
  return html`<li class="finding ${kind}"><p class="tags"><span class="severity">${severity}</span> <span>${area.replaceAll("_", " ")}</span></p>
<h3>${title}</h3>
${why && html`<p>${why}</p>`}
${evidence.length > 0 && html`<ul class="evidence">${evidence.map((line) => html`<li><code>${line}</code></li>`)}</ul>`}
${suggestion && html`<p class="try"><strong>Try:</strong> ${suggestion}</p>`}</li>`;
}
