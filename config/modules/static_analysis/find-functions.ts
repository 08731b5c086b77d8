import { visitorKeys } from "oxc-parser";
import type { LineStarts } from "./line-starts.ts";
import { isNode, nameFunction, type SyntaxNode } from "./name-function.ts";
import type { FunctionFact } from "./tally.ts";

const FUNCTIONS = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);
const DECISIONS = new Set([
  "IfStatement",
  "ConditionalExpression",
  "ForStatement",
  "ForInStatement",
  "ForOfStatement",
  "WhileStatement",
  "DoWhileStatement",
  "CatchClause",
  "LogicalExpression",
  "AssignmentPattern",
]);
const LOGICAL_ASSIGNMENTS = new Set(["&&=", "||=", "??="]);

interface OpenFunction {
  readonly node: SyntaxNode;
  readonly name: string;
  decisions: number;
}

/** The functions of a syntax tree and the decisions outside of them. */
export interface FoundFunctions {
  readonly functions: FunctionFact[];
  readonly topLevelDecisions: number;
}

/** Where the functions stand and in what language. */
export interface FunctionPlace {
  readonly file: string;
  readonly language: string;
  readonly lines: LineStarts;
}

/**
 * Every function with a body, in order of its place, and its McCabe complexity: 1, and 1 more for each `if`, `?:`, `for`
 * (all three), `while`, `do`, `case` (not `default`), `catch`, `&&`, `||`, `??`, `&&=`, `||=`, `??=` and default value.
 * Optional chaining does not count. A decision belongs to the innermost function around it.
 * Walks with a stack of its own, so no depth of code overflows. O(nodes).
 */
export function findFunctions(program: SyntaxNode, place: FunctionPlace): FoundFunctions {
  const found: OpenFunction[] = [];
  let topLevelDecisions = 0;
  const stack: { node: SyntaxNode; parent: SyntaxNode | null; owner: OpenFunction | null }[] = [
    { node: program, parent: null, owner: null },
  ];
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { node, parent } = next;
    let { owner } = next;
    if (FUNCTIONS.has(node.type) && isNode(node["body"])) {
      owner = { node, name: nameFunction(node, parent), decisions: 0 };
      found.push(owner);
    } else if (isDecision(node)) {
      if (owner) owner.decisions++;
      else topLevelDecisions++;
    }
    for (const key of visitorKeys[node.type] ?? []) {
      const child = node[key];
      if (Array.isArray(child)) {
        for (const item of child) if (isNode(item)) stack.push({ node: item, parent: node, owner });
      } else if (isNode(child)) stack.push({ node: child, parent: node, owner });
    }
  }
  found.sort((a, b) => a.node.start - b.node.start || b.node.end - a.node.end);
  return { functions: found.map((open) => toFact(open, place)), topLevelDecisions };
}

function isDecision(node: SyntaxNode): boolean {
  if (DECISIONS.has(node.type)) return true;
  if (node.type === "SwitchCase") return node["test"] !== null;
  return node.type === "AssignmentExpression" && LOGICAL_ASSIGNMENTS.has(String(node["operator"]));
}

function toFact(
  { node, name, decisions }: OpenFunction,
  { file, language, lines }: FunctionPlace,
): FunctionFact {
  const line = lines.lineAt(node.start);
  return {
    name,
    file,
    line,
    lines: lines.lineAt(node.end - 1) - line + 1,
    complexity: decisions + 1,
    language,
    method: "syntax",
  };
}
