import { colophon, environment, results, scoring } from "./background.ts";
import { charts } from "./charts.ts";
import { findings } from "./findings.ts";
import { headline, keyNumbers } from "./headline.ts";
import { Html, html } from "./html.ts";
import type { Report } from "./report.ts";
import { STYLE } from "./style.ts";
import { tables } from "./tables.ts";

// The page could not load or run anything even if something had slipped through.
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** The report as one HTML file: no script, no request, every text escaped. The same report gives the same page. */
export function page(report: Report): string {
  const body = [
    headline(report),
    keyNumbers(report),
    findings(report),
    charts(report),
    ...results(report),
    ...tables(report),
    ...scoring(report),
    ...environment(report),
  ];
  return `<!doctype html>
${
  html`<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Html(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${report.title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<main>
${body}
${colophon(report)}
</main>
</body>
</html>`.text
}
`;
}
