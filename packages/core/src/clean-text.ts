// Control characters, and the invisible ones that reorder or hide text.
const UNSEEN = /[\p{Cc}\p{Cf}]/gu;

/** `text` on one line, without escape sequences, control, bidirectional and invisible characters: for text from outside. */
export const cleanText = (text: string): string =>
  withoutSequences(text).replaceAll(/\s/g, " ").replaceAll(UNSEEN, "").replaceAll(/ +/g, " ");

/** The same for text that is a line already: its spaces are kept, a tab is four of them. */
export const cleanLine = (text: string): string =>
  withoutSequences(text).replaceAll("\t", "    ").replaceAll(UNSEEN, "");

/** Node's own list of them; not imported, since the root of the package runs elsewhere than in Node, too. */
const withoutSequences = (text: string): string =>
  process.getBuiltinModule("node:util").stripVTControlCharacters(text);
