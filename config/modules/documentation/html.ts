/** Text that is HTML already, made by {@link html} alone. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template: text and numbers (escaped), HTML, lists of them; null and false are nothing. */
export type Part = string | number | Html | readonly Part[] | null | undefined | false;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
// What cannot be shown, and marks that turn the direction of the text around them, which can make a name look like another.
const HIDDEN = /[^\P{Cc}\s]|\p{Cs}|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu;

/** `text` as it may stand between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(HIDDEN, "\ufffd").replace(/[&<>"']/g, (char) => ENTITIES[char] ?? "");
}

/** A template whose values are escaped, unless they are HTML themselves. Attribute values must be quoted. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((text, string, index) => text + render(parts[index - 1]) + string));
}

function render(part: Part): string {
  if (part === null || part === undefined || part === false) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(render).join("");
  return escapeHtml(String(part));
}
