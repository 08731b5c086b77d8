import { type ErrorInit, InvalidParametersError, isObject } from "@orch/core";
import { needArray, needObject, needText, shownName, shownValue, unreadable } from "@orch/core/base";
import { type AccessMode, isAccessMode } from "./access-mode.ts";
import { isAmount } from "./quantity.ts";
import { findResourceType, type ResourceType } from "./resource-type.ts";

/** Amounts by dimension, such as `{ cores: 2 }`. Finite and above zero. */
export type Amounts = Readonly<Record<string, number>>;

/** One line of a demand: an amount of one resource or of any resource of a type, a lock on a name, or both. */
export interface DemandPart {
  /** The id of a resource, or any name for a plain lock. Exactly one of `resource` and `type` is needed. */
  readonly resource?: string;
  /** Any resource of this type or its family; the best fitting one is taken. */
  readonly type?: ResourceType;
  /**
   * What is taken: a map of dimensions, or a number of the primary dimension (the first one of the first resource
   * that fits the line). Default: the resource's `defaultAllocation`, or nothing when there is a `mode`.
   */
  readonly amounts?: number | Amounts;
  /** Takes a lock on `resource` too. Not with `type`. */
  readonly mode?: AccessMode;
}

/** Everything that must be taken together. Lines are served in their order; one that fails gives back the others. */
export type Demand = readonly DemandPart[];

interface Problem {
  readonly path: string;
  readonly message: string;
}

/** How many lines a demand may have. */
const MOST_LINES = 1_000;

/**
 * A plain copy of `demand`, which nobody else can change. Throws one INVALID_PARAMETERS that names every problem, whatever
 * resources exist, and LIMIT_EXCEEDED for more than 1,000 lines.
 */
export function readDemand(demand: Demand): Demand {
  const lines: DemandPart[] = [];
  try {
    const { length } = needArray("demand", demand);
    if (length > MOST_LINES) throw tooLong(length);
    for (let at = 0; at < length; at++) lines.push(copyPart(demand[at], at));
  } catch (error) {
    throw unreadable("demand", error);
  }
  let problems: Problem[] = [];
  for (const [at, part] of lines.entries())
    if (!isPlainLine(part)) problems = [...problems, ...partProblems(part, `${at}`)];
  if (problems.length > 0) throw invalidDemand(problems);
  return lines;
}

// Paths are put together only for what is refused: most demands are right, and compiled for every task.
function copyPart(part: unknown, at: number): DemandPart {
  const { resource, type, amounts, mode } = isObject(part) ? part : needObject(`demand[${at}]`, part);
  if (resource !== undefined && typeof resource !== "string") needText(`demand[${at}].resource`, resource);
  if (type !== undefined && typeof type !== "string") needText(`demand[${at}].type`, type);
  if (mode !== undefined && typeof mode !== "string") needText(`demand[${at}].mode`, mode);
  return { resource, type, amounts: isObject(amounts) ? copyAmounts(amounts) : amounts, mode } as DemandPart;
}

/** Whether `part` is an amount above 0 of one resource and no more, which needs no further look. */
const isPlainLine = ({ resource, type, amounts, mode }: DemandPart): boolean =>
  resource !== undefined && resource !== "" && type === undefined && mode === undefined && isAmount(amounts);

/** The enumerable keys of `amounts`, inherited ones too, and what they say now. */
export function copyAmounts(amounts: object): Amounts {
  const copy: Record<string, number> = {};
  for (const name in amounts) {
    const value = (amounts as Amounts)[name] as number;
    if (name === "__proto__") Object.defineProperty(copy, name, { value, enumerable: true });
    else copy[name] = value;
  }
  return copy;
}

function tooLong(lines: number): InvalidParametersError {
  const message = `a demand has at most ${MOST_LINES} lines, was ${lines}`;
  const details = { problems: [{ path: "demand", message }] };
  return new InvalidParametersError(message, { code: "LIMIT_EXCEEDED", details });
}

/** The error for `problems`: the message is the first one, `details.problems` holds all. */
function invalidDemand(problems: readonly Problem[], init: ErrorInit = {}): InvalidParametersError {
  const message = problems[0]?.message ?? "invalid demand";
  return new InvalidParametersError(message, { ...init, details: { ...init.details, problems } });
}

function partProblems(part: DemandPart, path: string): Problem[] {
  const problems: Problem[] = [];
  const report = (at: string, message: string) => problems.push({ path: `${path}.${at}`, message });
  if ((part.resource === undefined) === (part.type === undefined)) {
    report("resource", "exactly one of resource and type is needed");
  }
  if (part.resource === "") report("resource", "a resource id must not be empty");
  if (part.type !== undefined && findResourceType(part.type) === null) {
    report("type", `unknown resource type ${shownName(part.type)}`);
  }
  if (part.mode !== undefined && !isAccessMode(part.mode)) {
    report("mode", `mode must be read, write or exclusive, was ${shownValue(part.mode)}`);
  }
  if (part.mode !== undefined && part.type !== undefined)
    report("mode", "a lock needs a resource id, not a type");
  for (const problem of amountProblems(part.amounts)) report(`amounts${problem.path}`, problem.message);
  return problems;
}

/** What is wrong with an amount as the caller gave it: a number, a map of dimensions, or `undefined` for the default. */
export function amountProblems(amounts: unknown): Problem[] {
  if (amounts === undefined || isAmount(amounts)) return [];
  if (typeof amounts !== "object" || amounts === null || Array.isArray(amounts)) {
    return [{ path: "", message: `an amount must be a finite number above 0, was ${shownValue(amounts)}` }];
  }
  const entries = Object.entries(amounts);
  if (entries.length === 0) return [{ path: "", message: "an amount needs at least one dimension, was {}" }];
  return entries
    .filter(([, value]) => !isAmount(value))
    .map(([dimension, value]) => ({
      path: `.${dimension}`,
      message: `${dimension} must be a finite number above 0, was ${shownValue(value)}`,
    }));
}

/** A text that is equal for equal demands: the order of lines and dimensions counts, since it decides ties. */
export function demandKey(demand: Demand): string {
  return JSON.stringify(demand.map((part) => [part.resource, part.type, part.amounts, part.mode]));
}
