import { EvaluationError, Environment } from "@marcbachmann/cel-js";
import { type JsonValue, type Placeholder, parseTemplate } from "@orch/core";

/** A `run_if` that was read once. */
export interface Condition {
  /** The placeholders in it, each a variable of the expression. */
  readonly placeholders: readonly Placeholder[];
  /** Names of the steps that it asks about with `steps.<name>`. */
  readonly steps: readonly string[];
  /** Whether the step runs. Values of different types are unequal and in no order: that is false, not an error. */
  holds(scope: ConditionScope): boolean;
}

/** What an expression can see. */
export interface ConditionScope {
  readonly params: Readonly<Record<string, JsonValue>>;
  readonly steps: Readonly<Record<string, JsonValue>>;
  readonly execution: Readonly<Record<string, JsonValue>>;
  /** Values of the placeholders, in their order. */
  readonly placeholders: readonly JsonValue[];
}

const VARIABLE = "placeholder_";
const FALSE_TEXTS: ReadonlySet<string> = new Set(["", "false", "0", "no"]);

/**
 * Reads a condition in CEL (https://cel.dev). A placeholder stands for its value: it is bound as a variable, never
 * spliced in as text. Throws the parser's error, with a hint where `and`, `or` or `not` is written for `&&`, `||`, `!`.
 */
export function parseCondition(text: string): Condition {
  const placeholders: Placeholder[] = [];
  const expression = parseTemplate(text)
    .map((part) => (typeof part === "string" ? part : `${VARIABLE}${placeholders.push(part) - 1}`))
    .join("");
  const environment = new Environment({ unlistedVariablesAreDyn: true });
  let program: ReturnType<Environment["parse"]>;
  try {
    program = environment.parse(expression);
  } catch (error) {
    throw new SyntaxError(`${firstLine(error)}${wordHint(expression)}`);
  }
  const holds = ({ params, steps, execution, placeholders: values }: ConditionScope): boolean => {
    const bound = Object.fromEntries(values.map((value, index) => [`${VARIABLE}${index}`, value]));
    try {
      return isTrue(program({ params, steps, execution, ...bound }));
    } catch (error) {
      if (error instanceof EvaluationError && error.message.includes("no such overload")) return false;
      throw new Error(`run_if '${text}' cannot be decided: ${firstLine(error)}`, { cause: error });
    }
  };
  return { placeholders, steps: stepsIn(program.ast), holds };
}

const isTrue = (value: unknown): boolean =>
  typeof value === "string" ? !FALSE_TEXTS.has(value) : value !== false && value !== null && value !== undefined && value !== 0 && value !== 0n;

const firstLine = (error: unknown): string => (error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));

function wordHint(expression: string): string {
  const word = /\b(and|or|not)\b/.exec(expression)?.[1];
  const spelling = { and: "&&", or: "||", not: "!" }[word ?? ""];
  return spelling === undefined ? "" : ` (in CEL '${word}' is written '${spelling}')`;
}

interface Node {
  readonly op: string;
  readonly args: unknown;
}
const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && "op" in value && "args" in value;

/** The names behind `steps.` anywhere in the expression. */
function stepsIn(root: unknown): string[] {
  const found = new Set<string>();
  const open: unknown[] = [root];
  while (open.length > 0) {
    const node = open.pop();
    if (Array.isArray(node)) open.push(...(node as unknown[]));
    if (!isNode(node)) continue;
    open.push(node.args);
    const [object, key] = Array.isArray(node.args) ? (node.args as unknown[]) : [];
    if (!isNode(object) || object.op !== "id" || object.args !== "steps") continue;
    const name = isNode(key) ? key.args : key;
    if (typeof name === "string") found.add(name);
  }
  return [...found];
}
