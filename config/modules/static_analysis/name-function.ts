import { LIMITS, shorten } from "./limits.ts";

/** A node of the syntax tree, as far as this module looks at it. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** Whether a value of the tree is a node. */
export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** The name of a function: its own, that of the variable, property or member it is assigned to, or whose callback it is. */
export function nameFunction(node: SyntaxNode, parent: SyntaxNode | null): string {
  const name = textOf(node["id"]) ?? (parent ? nameInParent(parent) : null);
  return shorten(name ?? "(anonymous)", LIMITS.name);
}

function nameInParent(parent: SyntaxNode): string | null {
  switch (parent.type) {
    case "VariableDeclarator":
      return textOf(parent["id"]);
    case "AssignmentExpression":
    case "AssignmentPattern":
      return textOf(parent["left"]);
    case "Property":
    case "PropertyDefinition":
    case "AccessorProperty":
    case "MethodDefinition": {
      const name = textOf(parent["key"]);
      return parent["kind"] === "get" || parent["kind"] === "set" ? `${parent["kind"]} ${name}` : name;
    }
    case "ExportDefaultDeclaration":
      return "default";
    case "CallExpression":
    case "NewExpression": {
      const callee = textOf(parent["callee"]);
      return callee === null ? null : `(callback of ${callee})`;
    }
    default:
      return null;
  }
}

function textOf(node: unknown): string | null {
  if (!isNode(node)) return null;
  switch (node.type) {
    case "Identifier":
      return String(node["name"]);
    case "PrivateIdentifier":
      return `#${String(node["name"])}`;
    case "Literal":
      return String(node["value"]);
    case "MemberExpression":
      // The last part only: following the object could go as deep as the code.
      return textOfLeaf(node["property"]);
    default:
      return null;
  }
}

function textOfLeaf(node: unknown): string | null {
  return isNode(node) && node.type !== "MemberExpression" ? textOf(node) : null;
}
