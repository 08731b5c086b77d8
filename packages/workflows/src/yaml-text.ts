import { isNode, LineCounter, parseDocument, visit } from "yaml";
import type { DefinitionProblem } from "./definition-problem.ts";
import { checkText, type DefinitionText, partsOf, problemAt } from "./definition-text.ts";
import type { TextPosition } from "./line-index.ts";

/** An alias may stand for what others stand for: past this many in all, a short text would become a huge value. */
const MOST_ALIASES = 100;

/** Reads YAML text: one document of plain values. */
export function readYamlText(text: string): DefinitionText {
  const lines = new LineCounter();
  const positionOf = (offset: number): TextPosition => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: true,
    prettyErrors: false,
    logLevel: "error",
  });
  const place = (found: readonly DefinitionProblem[]): DefinitionProblem[] =>
    found.map((problem) => problemAt(problem, positionOf(offsetOf(document, partsOf(problem)))));
  if (document.errors.length > 0)
    return { value: undefined, problems: syntaxProblems(document.errors, positionOf), place };
  if (document.contents === null) {
    const message = "is empty: a definition has a name and steps";
    return { value: undefined, problems: [textProblem(message, positionOf(0))], place };
  }
  try {
    return checkText(document.toJS({ maxAliasCount: MOST_ALIASES }), { problems: [], place });
  } catch (error) {
    // An alias without its anchor, or too many of them.
    const message = `is not YAML: ${error instanceof Error ? error.message : String(error)}`;
    return { value: undefined, problems: [textProblem(message, positionOf(badAlias(document)))], place };
  }
}

const textProblem = (message: string, position: TextPosition): DefinitionProblem =>
  problemAt({ code: "INVALID_TEXT", path: "", message }, position);

/** Where the first alias without an anchor is, else the last one: it was one too many. */
function badAlias(document: ReturnType<typeof parseDocument>): number {
  const anchors = new Set<string>();
  let offset = 0;
  visit(document, {
    Node(_, node) {
      if ("anchor" in node && node.anchor !== undefined) anchors.add(node.anchor);
    },
    Alias(_, { source, range }) {
      offset = range?.[0] ?? offset;
      return anchors.has(source) ? undefined : visit.BREAK;
    },
  });
  return offset;
}

/** All keys that stand twice; else the first mistake alone, since it makes the parser stumble on what follows. */
function syntaxProblems(
  errors: ReturnType<typeof parseDocument>["errors"],
  positionOf: (offset: number) => TextPosition,
): DefinitionProblem[] {
  const duplicates = errors.filter(({ code }) => code === "DUPLICATE_KEY");
  const shown = duplicates.length === errors.length ? duplicates : errors.slice(0, 1);
  return shown.map(({ message, code, pos: [offset] }) => {
    const said = message.startsWith("Maximum call stack") ? "it is nested too deeply" : message;
    const kind = code === "DUPLICATE_KEY" ? code : "INVALID_TEXT";
    return problemAt({ code: kind, path: "", message: `is not YAML: ${said}` }, positionOf(offset));
  });
}

/** Where the value at a path begins, or the nearest one around it that exists. */
function offsetOf(document: ReturnType<typeof parseDocument>, parts: readonly string[]): number {
  const path = parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  for (let length = path.length; length > 0; length--) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}
