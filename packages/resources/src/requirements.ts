import { InvalidParametersError, isObject, type OrchestrationError } from "@orch/core";
import { unreadable, wrongArgument } from "@orch/core/base";
import type { CompiledDemand } from "./compiled-demand.ts";
import { type Amounts, amountProblems, copyAmounts, type DemandPart } from "./demand.ts";
import { ResourceNotFoundError } from "./errors.ts";
import type { Ledger } from "./ledger.ts";
import { isOwnName, ownName } from "./resource-name.ts";
import { findResourceType, RESOURCE_TYPES } from "./resource-type.ts";

/**
 * What is wanted, by resource id or type: `{ cpu: { cores: 2 }, memory: 4, gpu: { amount: 1 } }`. A key that is a
 * registered id means that resource, else a type with its family. A number and `{ amount }` mean the primary dimension.
 */
export type Requirements = Readonly<Record<string, number | Amounts>>;

/** A step of the look-up: keys, dimensions and amounts in turn, so that a known demand is found without making a text. */
interface Node {
  readonly next: Map<string | number | null, Node>;
  found: CompiledDemand | null;
}

const MOST_NODES = 20_000;
const newNode = (): Node => ({ next: new Map(), found: null });

/** Turns requirements into demands of one ledger, quickly for those seen before. */
export class RequirementTable {
  readonly #ledger: Ledger;
  #root = newNode();
  #nodes = 0;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Forgets what keys meant; needed when resources come or go, since a key may be an id now. */
  clear(): void {
    this.#root = newNode();
    this.#nodes = 0;
  }

  /** The demand for `requirements`, its lines in the order of the keys, or the error that says what is wrong with them. */
  compile(requirements: Requirements): CompiledDemand | OrchestrationError {
    try {
      if (!isObject(requirements)) return wrongArgument("requirements", "an object", requirements);
      return this.#walk(requirements).found ?? this.#learn(copyOf(requirements));
    } catch (error) {
      return unreadable("requirements", error);
    }
  }

  #walk(requirements: Requirements): Node {
    let node = this.#root;
    for (const key in requirements) {
      node = this.#step(node, key);
      const value = requirements[key];
      if (typeof value !== "object") node = this.#step(node, value as number);
      else {
        for (const dimension in value)
          node = this.#step(this.#step(node, dimension), value[dimension] as number);
        node = this.#step(node, null);
      }
    }
    return node;
  }

  /** What is remembered is learnt from a copy: what a caller can change meanwhile must not stand for what others ask. */
  #learn(requirements: Requirements): CompiledDemand | OrchestrationError {
    const compiled = this.#read(requirements);
    // A refused input is not remembered: it would hold on to whatever was given.
    if (this.#nodes > MOST_NODES) this.clear();
    else if (!(compiled instanceof Error)) this.#walk(requirements).found = compiled;
    return compiled;
  }

  #step(node: Node, key: string | number | null): Node {
    const known = node.next.get(key);
    if (known !== undefined) return known;
    const next = newNode();
    this.#nodes++;
    node.next.set(key, next);
    return next;
  }

  #read(requirements: Requirements): CompiledDemand | OrchestrationError {
    const problems = Object.entries(requirements).flatMap(([key, value]) =>
      amountProblems(value).map(({ path, message }) => ({ path: `${key}${path}`, message })),
    );
    if (problems.length > 0) return invalidRequirements(problems);
    const parts: DemandPart[] = [];
    for (const [key, value] of Object.entries(requirements)) {
      if (isOwnName(key)) return ownName(key);
      const amounts = plainAmount(value);
      const type = findResourceType(key);
      if (this.#ledger.has(key)) parts.push({ resource: key, amounts });
      else if (type !== null) parts.push({ type, amounts });
      else return new ResourceNotFoundError(key, [...this.#ledger.ids(), ...RESOURCE_TYPES]);
    }
    return this.#ledger.compileDemand(parts);
  }
}

/** The keys as they are walked, inherited ones too, and what they say now. */
function copyOf(requirements: Requirements): Requirements {
  const copy: Record<string, number | Amounts> = Object.create(null);
  for (const key in requirements) {
    const value = requirements[key] as number | Amounts;
    copy[key] = isObject(value) ? copyAmounts(value) : value;
  }
  return copy;
}

/** `{ amount: 2 }` as the plain number that it stands for. */
function plainAmount(value: number | Amounts): number | Amounts {
  if (typeof value === "number") return value;
  const { amount, ...others } = value;
  return amount !== undefined && Object.keys(others).length === 0 ? amount : value;
}

function invalidRequirements(problems: readonly { path: string; message: string }[]): InvalidParametersError {
  const text = problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("; ");
  return new InvalidParametersError(`Invalid requirements: ${text}`, { details: { problems } });
}
