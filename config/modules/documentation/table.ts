import { type Html, html, type Part } from "./html.ts";

/** A column: its head, and whether it holds numbers. */
export interface Column {
  readonly head: string;
  readonly numeric?: boolean;
}

/** A section with a table that scrolls inside itself. The first column names the row. Null without rows. */
export function tableSection(
  title: string,
  columns: readonly Column[],
  rows: readonly (readonly Part[])[],
  note?: Part,
): Html | null {
  if (rows.length === 0) return null;
  const id = title.toLowerCase().replace(/[^a-z]+/g, "-");
  const cell = (part: Part, index: number): Html => {
    if (index === 0) return html`<th scope="row">${part}</th>`;
    return columns[index]?.numeric ? html`<td class="number">${part}</td>` : html`<td>${part}</td>`;
  };
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${note && html`<p class="note">${note}</p>`}
<div class="scroll" tabindex="0" role="region" aria-labelledby="${id}"><table>
<thead><tr>${columns.map(({ head, numeric }) => html`<th scope="col" class="${numeric ? "number" : "text"}">${head}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map(cell)}</tr>`)}</tbody></table></div></section>`;
}
