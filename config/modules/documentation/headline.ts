import { type Html, html } from "./html.ts";
import type { Report } from "./report.ts";

const RADIUS = 52;
const LENGTH = 2 * Math.PI * RADIUS;

/** A number as people read it. */
export const readable = (value: number): string => value.toLocaleString("en", { maximumFractionDigits: 2 });

/** The top of the page: what it is about, the score, one line on what it means. */
export function headline({ title, analysis, insights, generatedAt }: Report): Html {
  return html`<header class="head">
${analysis && ring(analysis.quality_score)}
<div>
<h1>${title}</h1>
${insights?.verdict && html`<p class="verdict">${insights.verdict}</p>`}
${analysis && html`<p class="path">${analysis.path}</p>`}
<p class="when"><time datetime="${generatedAt}">${generatedAt.slice(0, 16).replace("T", " ")} UTC</time></p>
</div>
</header>`;
}

function ring(score: number | null): Html {
  const shown =
    score === null ? "–" : score.toLocaleString("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const filled = ((score ?? 0) / 10) * LENGTH;
  return html`<svg class="ring" viewBox="0 0 128 128" role="img"><title>Quality score: ${shown} of 10</title>
<circle cx="64" cy="64" r="${RADIUS}" class="track"/>
<circle cx="64" cy="64" r="${RADIUS}" class="level" stroke-dasharray="${filled.toFixed(1)} ${LENGTH.toFixed(1)}" transform="rotate(-90 64 64)"/>
<text x="64" y="74" class="score">${shown}</text><text x="64" y="94" class="of">of 10</text></svg>`;
}

/** The figures that say how large and how the code is. */
export function keyNumbers({ analysis }: Report): Html | null {
  if (!analysis) return null;
  const { summary } = analysis;
  const tiles: readonly (readonly [string, string, string?])[] = [
    [readable(summary.files), "files", `${readable(summary.source_files)} of them programs`],
    [readable(summary.source_code_lines), "lines of code", `${readable(summary.lines)} lines of any kind`],
    [readable(summary.functions), "functions", `${readable(summary.complex_functions)} above complexity 10`],
    [
      readable(summary.average_complexity),
      "average complexity",
      `${readable(summary.max_complexity)} at most`,
    ],
    [
      percent(summary.source_comment_lines, summary.source_comment_lines + summary.source_code_lines),
      "comments",
      `${readable(summary.source_comment_lines)} lines`,
    ],
    [readable(summary.test_files), "test files", percent(summary.test_files, summary.source_files)],
    [readable(summary.todos), "TODO or FIXME"],
    [readable(summary.skipped), "skipped", "files, and ignored folders"],
  ];
  return html`<section aria-labelledby="numbers"><h2 id="numbers">In numbers</h2><dl class="tiles">${tiles.map(
    ([value, label, note]) =>
      html`<div><dt>${label}</dt><dd>${value}</dd>${note && html`<dd class="note">${note}</dd>`}</div>`,
  )}</dl></section>`;
}

const percent = (part: number, whole: number): string =>
  whole === 0 ? "–" : `${Math.round((part / whole) * 1_000) / 10}%`;
