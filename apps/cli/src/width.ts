/** East Asian wide and full-width characters, and those that terminals draw as pictures. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;
const ONLY_MARKS = /^\p{Mark}+$/u;
const PLAIN = /^[\x20-\x7e]*$/;
const ELLIPSIS = "…";

let segmenter: Intl.Segmenter | null = null;

/** What is seen as one character. The segmenter takes a while to make, and most text does not need it. */
function* charactersOf(text: string): Iterable<string> {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  for (const { segment } of segmenter.segment(text)) yield segment;
}

/** Columns that `text` takes in a terminal: 2 for a wide character, 0 for a lone mark. It must hold no escape sequences. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const character of charactersOf(text)) width += widthOfCharacter(character);
  return width;
}

/** `text`, cut to `width` columns with an ellipsis; no character is cut in two. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width < 1) return "";
  let [kept, used] = ["", 0];
  for (const character of charactersOf(text)) {
    used += widthOfCharacter(character);
    if (used > width - 1) break;
    kept += character;
  }
  return kept + ELLIPSIS;
}

/** `text` with spaces behind it, up to `width` columns. */
export const pad = (text: string, width: number): string =>
  text + " ".repeat(Math.max(0, width - widthOf(text)));

function widthOfCharacter(character: string): number {
  if (WIDE.test(character)) return 2;
  return ONLY_MARKS.test(character) ? 0 : 1;
}
