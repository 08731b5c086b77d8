import { languageOf } from "./languages.ts";
import { type Measured, measureLines } from "./measure-lines.ts";
import { measureSyntax } from "./measure-syntax.ts";
import { fitsParser } from "./syntax-budget.ts";
import type { FileFacts, ParseErrorFact } from "./tally.ts";

/** A text to measure. */
export interface SourceText {
  /** Path from the root of the analysis, with `/`. */
  readonly file: string;
  readonly text: string;
  readonly bytes: number;
}

/** The facts of one text, and whether it was nested too deep for the parser. Falls back to lines where it does not parse. */
export function measureFile({ file, text, bytes }: SourceText): FileFacts & { readonly tooDeep: boolean } {
  const language = languageOf(file);
  const base = { file, language: language.name, kind: language.kind, bytes };
  const wantsSyntax = language.method === "syntax";
  const tooDeep = wantsSyntax && !fitsParser(text, { typescript: language.name === "TypeScript" });
  let parseError: ParseErrorFact | null = null;
  let measured: Measured | null = null;
  if (wantsSyntax && !tooDeep) ({ measured, parseError } = measureSyntax(file, text, language.name));
  const method = measured ? "syntax" : "lines";
  return { ...base, ...(measured ?? measureLines(file, text, language)), method, parseError, tooDeep };
}
