import { readable } from "./headline.ts";
import { type Html, html } from "./html.ts";
import type { Report } from "./report.ts";
import { tableSection } from "./table.ts";

const MOST_JSON = 20_000;

/** How the score comes about: the formula, and what each part took off. */
export function scoring({ analysis }: Report): (Html | null)[] {
  if (!analysis || analysis.score.parts.length === 0) return [];
  const rows = analysis.score.parts.map(({ name, lost, max, measured }) => [
    name.replaceAll("_", " "),
    `−${readable(lost)}`,
    readable(max),
    measured,
  ]);
  const columns = [
    { head: "Part" },
    { head: "Points lost", numeric: true },
    { head: "At most", numeric: true },
    { head: "Measured" },
  ];
  return [tableSection("How the score is computed", columns, rows, analysis.score.formula)];
}

/** The machine and the paths as they were checked. */
export function environment({ environment: found }: Report): (Html | null)[] {
  const rows = (found?.checks ?? []).map(({ name, ok, detail }) => [
    name.replaceAll("_", " "),
    ok ? "✓ ok" : "✗ not ok",
    detail,
  ]);
  return [tableSection("Environment", [{ head: "Check" }, { head: "Result" }, { head: "Detail" }], rows)];
}

/** What earlier steps gave, as it is, where there is no analysis to show. */
export function results({ results: outputs, analysis, insights, charts }: Report): (Html | null)[] {
  const entries = Object.entries(outputs);
  if (entries.length === 0) {
    const isEmpty = !analysis && !insights && charts.length === 0;
    return isEmpty
      ? [html`<section><h2>Results</h2><p>No step before this one gave any result.</p></section>`]
      : [];
  }
  const blocks = entries.map(
    ([name, output]) => html`<h3>${name}</h3><pre tabindex="0">${jsonOf(output)}</pre>`,
  );
  return [
    html`<section aria-labelledby="results"><h2 id="results">Results of the steps</h2>${blocks}</section>`,
  ];
}

function jsonOf(value: unknown): string {
  const json = JSON.stringify(value, null, 2);
  return json.length > MOST_JSON
    ? `${json.slice(0, MOST_JSON)}\n… ${readable(json.length - MOST_JSON)} more characters in report.json`
    : json;
}

/** How the report was made. */
export function colophon({ executionId, stepName, insights, analysis, generatedAt }: Report): Html {
  const took = analysis?.duration_seconds;
  return html`<footer><h2>How this was made</h2>
<p>${insights?.note || (analysis ? "Measured on this machine; no model was called." : "Written from the results of the steps before.")}</p>
<p>Made by orch on ${generatedAt.slice(0, 10)}${executionId && html`, execution <code>${executionId}</code>`}${stepName && html`, step <code>${stepName}</code>`}${
    took !== undefined && html`; the analysis took ${readable(took)} s`
  }. The same facts are in <code>report.json</code> beside this file. This page loads nothing and runs nothing.</p></footer>`;
}
