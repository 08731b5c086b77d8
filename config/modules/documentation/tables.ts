import { readable } from "./headline.ts";
import { type Html, html } from "./html.ts";
import type { Report } from "./report.ts";
import { tableSection } from "./table.ts";

type Analysis = NonNullable<Report["analysis"]>;
const text = (head: string) => ({ head });
const number = (head: string) => ({ head, numeric: true });
const HOW: Readonly<Record<string, string>> = { syntax: "syntax tree", lines: "lines" };

/** The tables of an analysis. */
export function tables({ analysis }: Report): (Html | null)[] {
  return analysis
    ? [
        languages(analysis),
        functions(analysis),
        files(analysis),
        todos(analysis),
        parseErrors(analysis),
        skipped(analysis),
      ]
    : [];
}

function languages({ languages: list }: Analysis): Html | null {
  const columns = [
    text("Language"),
    number("Files"),
    number("Code"),
    number("Comments"),
    number("Blank"),
    number("Functions"),
    text("Counted by"),
  ];
  const rows = list.map((each) => [
    each.name,
    ...[each.files, each.code, each.comment, each.blank, each.functions].map(readable),
    HOW[each.method] ?? each.method,
  ]);
  return tableSection("Languages", columns, rows);
}

function functions({ complex_functions: list }: Analysis): Html | null {
  const columns = [
    text("Function"),
    number("Complexity"),
    number("Lines"),
    text("Where"),
    text("Counted by"),
  ];
  const rows = list.map(({ name, file, line, lines, complexity, method }) => [
    html`<code>${name}</code>`,
    readable(complexity),
    readable(lines),
    html`<code>${file}:${line}</code>`,
    HOW[method] ?? method,
  ]);
  const note =
    "Complexity is 1 and 1 more for each if, ?:, loop, case, catch, &&, ||, ?? and default value. Counted by lines it is an estimate.";
  return tableSection("Most complex functions", columns, rows, note);
}

function files({ largest_files: list }: Analysis): Html | null {
  const rows = list.map(({ file, language, lines }) => [
    html`<code>${file}</code>`,
    readable(lines),
    language,
  ]);
  return tableSection(
    "Largest files",
    [text("File"), number("Lines"), text("Language")],
    rows,
    "Data files are left out.",
  );
}

function todos({ summary, todos: { examples } }: Analysis): Html | null {
  const rows = examples.map(({ file, line, text: comment }) => [html`<code>${file}:${line}</code>`, comment]);
  return tableSection(
    "TODO and FIXME",
    [text("Where"), text("Comment")],
    rows,
    shown(rows.length, summary.todos),
  );
}

function parseErrors({ summary, parse_errors: { examples } }: Analysis): Html | null {
  const rows = examples.map(({ file, line, message }) => [html`<code>${file}:${line}</code>`, message]);
  return tableSection(
    "Files that did not parse",
    [text("Where"), text("Message")],
    rows,
    shown(rows.length, summary.parse_errors),
  );
}

function skipped({ skipped: { reasons, examples } }: Analysis): Html | null {
  const rows = examples.map(({ file, reason, detail }) => [html`<code>${file}</code>`, reason, detail ?? ""]);
  const counts = Object.entries(reasons).filter(([, count]) => count > 0);
  const note = `${counts.map(([reason, count]) => `${reason}: ${readable(count)}`).join(", ")}. An ignored folder counts once; at most 10 of each are listed.`;
  return tableSection("Skipped", [text("File or folder"), text("Reason"), text("Detail")], rows, note);
}

const shown = (rows: number, all: number): string =>
  rows < all ? `The first ${rows} of ${readable(all)}.` : "";
