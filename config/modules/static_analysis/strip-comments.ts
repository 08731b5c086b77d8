import type { Language } from "./languages.ts";
import type { LineCounts } from "./tally.ts";

/** A text taken apart: what its lines are, their code without strings and comments, and their comments. */
export interface StrippedText extends LineCounts {
  /** The code of each line, without comments and without what stands in quotes. */
  readonly codeOf: readonly string[];
  /** The comments of each line, `""` where it has none. */
  readonly commentOf: readonly string[];
}

/** What a scan of one line carries to the next: the mark that closes the open block comment, or null. */
interface ScanState {
  close: string | null;
}

/**
 * Tells code, comments and blank lines apart by the marks of `language`. A quote that is not closed on its line is an
 * ordinary character; `#` starts a comment only after a blank. O(length).
 */
export function stripComments(text: string, language: Language): StrippedText {
  const marks = markPattern(language);
  const state: ScanState = { close: null };
  const codeOf: string[] = [];
  const commentOf: string[] = [];
  let [code, comment, blank] = [0, 0, 0];
  for (const line of splitLines(text)) {
    const parts = scanLine(line, language, marks, state);
    codeOf.push(parts.code);
    commentOf.push(parts.comment);
    if (line.trim() === "") blank++;
    else if (parts.hasCode) code++;
    else comment++;
  }
  return { lines: codeOf.length, code, comment, blank, codeOf, commentOf };
}

/** The lines of a text, with LF or CRLF; a line end at the very end opens no further line. */
export function splitLines(text: string): string[] {
  if (text === "") return [];
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function markPattern(language: Language): RegExp | null {
  const marks = [
    ...language.blockComments.map(([open]) => open),
    ...language.lineComments,
    ...language.quotes,
  ];
  if (marks.length === 0) return null;
  const escaped = marks.sort((a, b) => b.length - a.length).map((mark) => RegExp.escape(mark));
  return new RegExp(escaped.join("|"), "g");
}

interface LineParts {
  code: string;
  comment: string;
  hasCode: boolean;
}

function scanLine(line: string, language: Language, marks: RegExp | null, state: ScanState): LineParts {
  const parts: LineParts = { code: "", comment: "", hasCode: false };
  if (!marks && state.close === null) return { code: line, comment: "", hasCode: true };
  let at = 0;
  while (at < line.length) {
    if (state.close !== null) at = closeBlock(line, at, parts, state);
    else at = toNextMark(line, at, parts, { language, marks, state });
  }
  return parts;
}

function closeBlock(line: string, at: number, parts: LineParts, state: ScanState): number {
  const close = state.close ?? "";
  const end = line.indexOf(close, at);
  parts.comment += line.slice(at, end === -1 ? line.length : end);
  if (end === -1) return line.length;
  state.close = null;
  return end + close.length;
}

interface MarkScan {
  readonly language: Language;
  readonly marks: RegExp | null;
  readonly state: ScanState;
}

/** Takes the code up to the next mark and the mark itself; returns where to go on. */
function toNextMark(
  line: string,
  at: number,
  parts: LineParts,
  { language, marks, state }: MarkScan,
): number {
  if (marks) marks.lastIndex = at;
  const found = marks?.exec(line);
  const end = found?.index ?? line.length;
  addCode(parts, line.slice(at, end));
  if (!found) return line.length;
  const [mark] = found;
  const block = language.blockComments.find(([open]) => open === mark);
  if (block) {
    state.close = block[1];
    return end + mark.length;
  }
  if (language.lineComments.includes(mark)) {
    if (mark !== "#" || end === 0 || /\s/.test(line[end - 1] ?? "")) {
      parts.comment += line.slice(end + mark.length);
      return line.length;
    }
    addCode(parts, mark);
    return end + 1;
  }
  const close = closingQuote(line, end);
  addCode(parts, mark);
  return close === -1 ? end + 1 : close + 1;
}

function addCode(parts: LineParts, code: string): void {
  parts.code += code;
  if (!parts.hasCode && code.trim() !== "") parts.hasCode = true;
}

function closingQuote(line: string, open: number): number {
  const quote = line[open];
  for (let at = open + 1; at < line.length; at++) {
    if (line[at] === "\\") at++;
    else if (line[at] === quote) return at;
  }
  return -1;
}
