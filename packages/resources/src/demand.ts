import { type ErrorInit, InvalidParametersError } from "@orch/core";
import { needArray, needObject, shownName, shownValue, wrongArgument } from "@orch/core/base";
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

/** All that is wrong with the shape and the values of `demand`, whatever resources exist; `[]` when it is fine. */
function demandProblems(demand: Demand): Problem[] {
  return demand.flatMap((part, index) => partProblems(part, `${index}`));
}

/** Throws INVALID_PARAMETERS unless `demand` is an array of objects that can be compared with others. */
export function checkLines(demand: Demand): void {
  needArray("demand", demand);
  for (const [at, part] of demand.entries()) {
    needObject(`demand[${at}]`, part);
    for (const value of [part.resource, part.type, part.mode])
      if (value !== undefined && typeof value !== "string")
        throw wrongArgument(`demand[${at}]`, "made of texts and amounts", value);
    if (
      typeof part.amounts === "bigint" ||
      Object.values(part.amounts ?? {}).some((each) => typeof each === "bigint")
    )
      throw wrongArgument(`demand[${at}].amounts`, "a number or a map of numbers", part.amounts);
  }
}

/** Throws one INVALID_PARAMETERS that names every problem of `demand`. */
export function checkDemand(demand: Demand): void {
  const problems = demandProblems(demand);
  if (problems.length > 0) throw invalidDemand(problems);
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
