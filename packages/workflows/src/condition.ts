import { Environment, EvaluationError } from "@marcbachmann/cel-js";
import { type JsonValue, type Placeholder, parseTemplate } from "@orch/core";
import { type Asked, askedIn } from "./condition-asks.ts";
import { ConditionBudget, MOST_STEPS } from "./condition-budget.ts";
import { collect, loopDeeperThan } from "./condition-tree.ts";
import { WorkflowExecutionError } from "./errors.ts";

/** A `run_if` that was read once. */
export interface Condition {
  /** The placeholders in it, each a variable of the expression. */
  readonly placeholders: readonly Placeholder[];
  /** Names of the steps that it asks about with `steps.<name>`. */
  readonly steps: readonly string[];
  /**
   * What it asks about, to be checked before a run.
   * @internal
   */
  readonly asked: Asked;
  /** Its outcome where it asks about nothing, so that it is the same in every run; else null. */
  readonly constant: boolean | null;
  /**
   * Whether the step runs. Comparing values of different types is false, not an error. Throws WORKFLOW_EXECUTION_FAILED
   * where it cannot be decided, such as for a parameter that was not given, and LIMIT_EXCEEDED where its loops take more
   * than 250,000 steps.
   */
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

/** Loops (`all`, `map` and the like) stand inside of each other no deeper than this. */
const MOST_LOOPS = 2;
const VARIABLE = "placeholder_";
const FALSE_TEXTS: ReadonlySet<string> = new Set(["", "false", "0", "no"]);
/** Two literals of different types are false like two values, and no mistake of the author. */
const MIXED_COMPARISON = /^no such overload: .+ (?:==|!=|<=|>=|<|>) /;

const base = new Environment()
  .registerVariable("params", "dyn")
  .registerVariable("steps", "dyn")
  .registerVariable("execution", "dyn");

/**
 * Reads a condition in CEL (https://cel.dev). A placeholder stands for its value: it is bound as a variable, never
 * spliced in as text. Throws a SyntaxError that says what is wrong, with a hint where `and`, `or` or `not` is written for
 * `&&`, `||`, `!`. `matches` is refused, since its patterns could hold up everything else for hours, and so are loops
 * (`all`, `exists`, `exists_one`, `map`, `filter`) more than two deep.
 */
export function parseCondition(text: string): Condition {
  const placeholders: Placeholder[] = [];
  const expression = parseTemplate(text)
    .map((part) => (typeof part === "string" ? part : `${VARIABLE}${placeholders.push(part) - 1}`))
    .join("");
  const environment = placeholders.reduce(
    (made, _, index) => made.registerVariable(`${VARIABLE}${index}`, "dyn"),
    base.clone(),
  );
  const program = parse(environment, expression);
  const checked = program.check();
  if (!checked.valid && !MIXED_COMPARISON.test(checked.error?.message ?? ""))
    throw new SyntaxError(`${firstLine(checked.error)}${wordHint(expression)}`);
  refuseUnsafe(program.ast, placeholders);
  const budget = new ConditionBudget(program.ast);
  const holds = ({ params, steps, execution, placeholders: values }: ConditionScope): boolean => {
    const bound = Object.fromEntries(values.map((value, index) => [`${VARIABLE}${index}`, value]));
    budget.begin();
    try {
      const value: unknown = program({ params, steps, execution, ...bound });
      // A loop may have gone on over the error.
      if (budget.isSpent) throw tooLong(text);
      return isTrue(value);
    } catch (error) {
      if (budget.isSpent) throw tooLong(text);
      if (MIXED_COMPARISON.test(firstLine(error))) return false;
      throw undecided(text, error);
    }
  };
  const isConstant = !collect(program.ast).some(({ op }) => op === "id");
  const asked = askedIn(program.ast, placeholders, VARIABLE);
  return {
    placeholders,
    steps: [...new Set(asked.steps.map(({ name }) => name))],
    asked,
    constant: isConstant ? outcomeOf(holds) : null,
    holds,
  };
}

/** Null for one that cannot be decided, such as a division by zero. */
function outcomeOf(holds: Condition["holds"]): boolean | null {
  try {
    return holds({ params: {}, steps: {}, execution: {}, placeholders: [] });
  } catch {
    return null;
  }
}

function parse(environment: Environment, expression: string): ReturnType<Environment["parse"]> {
  try {
    return environment.parse(expression);
  } catch (error) {
    const message = expression.trim() === "" ? "must not be empty" : firstLine(error);
    throw new SyntaxError(`${message}${wordHint(expression)}`, { cause: error });
  }
}

/** A placeholder between quotes would be text; a pattern, or loops in loops, may take longer than anybody waits. */
function refuseUnsafe(root: unknown, placeholders: readonly Placeholder[]): void {
  const loop = loopDeeperThan(MOST_LOOPS, root);
  if (loop !== null)
    throw new SyntaxError(
      `${loop}() stands inside of two other loops, and holds up everything else with long lists; go over lists two deep at most, and work out the rest in a step`,
    );
  for (const { op, args } of collect(root)) {
    const [method] = Array.isArray(args) ? (args as unknown[]) : [];
    if ((op === "call" || op === "rcall") && method === "matches") {
      throw new SyntaxError("matches() is not available; use startsWith(), endsWith(), contains() or ==");
    }
    if (op !== "value" || typeof args !== "string") continue;
    const quoted = placeholders.find((_, index) => args.includes(`${VARIABLE}${index}`));
    if (quoted)
      throw new SyntaxError(`${quoted.text} stands for its value: write it without quotes around it`);
  }
}

const isTrue = (value: unknown): boolean =>
  typeof value === "string"
    ? !FALSE_TEXTS.has(value)
    : value !== false && value !== null && value !== undefined && value !== 0 && value !== 0n;

const firstLine = (error: unknown): string =>
  error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);

const tooLong = (text: string): WorkflowExecutionError =>
  new WorkflowExecutionError(
    `run_if '${text}' goes over lists for more than ${MOST_STEPS} steps: everything else would have to wait for it`,
    {
      code: "LIMIT_EXCEEDED",
      retryable: false,
      details: { limit: MOST_STEPS },
      suggestions: ["Work it out in a step of its own, and ask for its result in run_if."],
    },
  );

function undecided(text: string, error: unknown): WorkflowExecutionError {
  const missing = error instanceof EvaluationError && error.code === "no_such_key";
  return new WorkflowExecutionError(`run_if '${text}' cannot be decided: ${firstLine(error)}`, {
    retryable: false,
    cause: error,
    suggestions: missing
      ? ["Ask whether it is there with has(…), or declare the parameter with a default."]
      : [],
  });
}

function wordHint(expression: string): string {
  const outsideQuotes = expression.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, "");
  const word = /\b(and|or|not)\b/.exec(outsideQuotes)?.[1];
  const spelling = { and: "&&", or: "||", not: "!" }[word ?? ""];
  return spelling === undefined ? "" : ` (in CEL '${word}' is written '${spelling}')`;
}
