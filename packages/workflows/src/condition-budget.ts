import { type ConditionNode, collect, isNode, loopOf } from "./condition-tree.ts";

/** What one evaluation may take: so many nodes of the expression that are evaluated, at about a microsecond each. */
export const MOST_STEPS = 250_000;

/** So many items of a list, or characters of a text, that an operator or a call goes through cost as much as a step. */
const ITEMS_IN_STEP = 16;
const CHARACTERS_IN_STEP = 256;
/** What it takes to make an error, which a loop may go on over. */
const STEPS_OF_ERROR = 100;

/** The nodes whose operands are gone through as a whole, as far as they are lists or texts. */
const WHOLE: ReadonlySet<string> = new Set(["in", "==", "!=", "+", "<", "<=", ">", ">=", "call", "rcall"]);

/** A node as the library evaluates it: by a method that replaces itself when it is called first. */
interface Evaluated extends ConditionNode {
  evaluate(evaluator: unknown, node: unknown, context: unknown): unknown;
}

/** Thrown to leave an evaluation; one for all, since to make an error takes longer than the step that it ends. */
const LEAVES = new Error("too many steps");

/**
 * Counts what an evaluation of an expression with loops takes, so that long lists end it instead of holding up everything
 * else: the library itself cannot be stopped half-way. Each loop is charged with all its turns before it begins.
 */
export class ConditionBudget {
  readonly #sizes = new WeakMap<object, number>();
  #left = MOST_STEPS;

  /** Has the nodes below `root` counted, if there is a loop among them: what has none takes as long as it is. */
  constructor(root: unknown) {
    const nodes = collect(root);
    const loops = nodes.flatMap((node) => loopOf(node) ?? []);
    if (loops.length === 0) return;
    for (const { list, bodies } of loops) {
      const steps = 1 + bodies.reduce((sum, body) => sum + collect(body).length, 0);
      watch(list, { found: (value) => this.#spend(steps * turnsOf(value)) });
      for (const body of bodies) watch(body, { failed: () => this.#spend(STEPS_OF_ERROR) });
    }
    // No node is watched twice: each is a part of one other, which is a loop or none.
    const whole = nodes.filter((node) => WHOLE.has(node.op) && loopOf(node) === null);
    for (const operand of whole.flatMap(operandsOf))
      watch(operand, { found: (value) => this.#spend(this.#sizeOf(value)) });
  }

  /** An evaluation begins. */
  begin(): void {
    this.#left = MOST_STEPS;
  }

  /** Whether the last evaluation was left since it took too much; what it gave then means nothing. */
  get isSpent(): boolean {
    return this.#left < 0;
  }

  #spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw LEAVES;
  }

  /** In steps; worked out once for each list. O(size) */
  #sizeOf(value: unknown): number {
    if (typeof value === "string") return value.length / CHARACTERS_IN_STEP;
    if (typeof value !== "object" || value === null) return 0;
    const known = this.#sizes.get(value);
    if (known !== undefined) return known;
    let size = 0;
    for (const each of Object.values(value)) size += 1 / ITEMS_IN_STEP + this.#sizeOf(each);
    this.#sizes.set(value, size);
    return size;
  }
}

const turnsOf = (value: unknown): number =>
  typeof value === "object" && value !== null ? Object.keys(value).length : 0;

/** The nodes that an operator or a call works on. */
const operandsOf = ({ args }: ConditionNode): ConditionNode[] =>
  Array.isArray(args) ? (args as unknown[]).flat().filter(isNode) : isNode(args) ? [args] : [];

/** What is told of the evaluations of a node. */
interface Watch {
  /** It has this value. */
  readonly found?: (value: unknown) => void;
  /** It has none: an error was thrown. */
  readonly failed?: () => void;
}

/** Has all evaluations of a node told; once for each node. */
function watch(node: ConditionNode, { found, failed }: Watch): void {
  let { evaluate } = node as Evaluated;
  const watched: Evaluated["evaluate"] = (evaluator, self, context) => {
    const before = evaluate;
    let value: unknown;
    try {
      value = before.call(node as Evaluated, evaluator, self, context);
    } catch (error) {
      if (error !== LEAVES) failed?.();
      throw error;
    }
    // Else it has called its replacement, which was watched.
    if (before === evaluate) found?.(value);
    return value;
  };
  Object.defineProperty(node, "evaluate", {
    configurable: true,
    get: () => watched,
    set: (replacement: Evaluated["evaluate"]) => {
      evaluate = replacement;
    },
  });
}
