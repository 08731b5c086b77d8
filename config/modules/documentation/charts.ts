import { type Html, html } from "./html.ts";
import type { Report } from "./report.ts";
import { safeSvg } from "./safe-svg.ts";

/** The pictures, drawn into the page itself. One that holds more than shapes and text is named and left out. */
export function charts({ charts: pictures }: Report): Html | null {
  if (pictures.length === 0) return null;
  return html`<section aria-labelledby="charts"><h2 id="charts">Charts</h2><div class="charts">${pictures.map(
    ({ svg, title }, index) => {
      const picture = safeSvg(svg, `p${index}-`);
      const left = html`<p>The chart “${title}” is not shown: it holds more than shapes and text.</p>`;
      return html`<figure tabindex="0" role="group" aria-label="${title}">${picture ?? left}</figure>`;
    },
  )}</div></section>`;
}
