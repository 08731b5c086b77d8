import { stripVTControlCharacters } from "node:util";

// Control characters, and the invisible ones that reorder or hide text.
const UNSEEN = /[\p{Cc}\p{Cf}]/gu;

/** `text` on one line, without escape sequences, control, bidirectional and invisible characters. */
export const clean = (text: string): string =>
  stripVTControlCharacters(text).replaceAll(/\s/g, " ").replaceAll(UNSEEN, "").replaceAll(/ +/g, " ");

/** The same for text that is a line already: its spaces are kept, a tab is four of them. */
export const cleanLine = (text: string): string =>
  stripVTControlCharacters(text).replaceAll("\t", "    ").replaceAll(UNSEEN, "");
