import { didYouMean, findLossy, InvalidParametersError, type JsonObject, nearestNames } from "@orch/core";
import { needArray, needObject, needText, needTexts } from "@orch/core/base";
import { CycleDetectedError, DAGValidationError, WorkflowDAG } from "@orch/dag";
import { type CompiledWorkflow, definitionOrThrow, readDefinitionText } from "@orch/workflows";

/** Steps that are run together once, without a name of their own. */
export interface ComplexWorkflow {
  /** As the steps of a workflow are written in a file. */
  readonly steps: readonly JsonObject[];
  /** Further dependencies, by the name of a step; the steps may come in any order. @default none */
  readonly dependencies?: Readonly<Record<string, readonly string[]>>;
  /** Names of steps that run together: a group begins when the one before it has ended well. @default none */
  readonly parallel_groups?: readonly (readonly string[])[];
}

/** What such workflows are called where a name is needed. */
const NAME = "complex-workflow";

/** A step with all that it depends on. */
type JoinedStep = JsonObject & { readonly name: string; readonly dependencies: string[] };

/**
 * The workflow that a caller has put together; null where it has no step. Throws INVALID_PARAMETERS for what has not this
 * shape, and for names of no step; DAG_CYCLE and DAG_INVALID; WORKFLOW_DEFINITION_INVALID with all that is wrong of the steps.
 */
export function compileComplex(definition: ComplexWorkflow): CompiledWorkflow | null {
  const steps = joinedSteps(definition);
  if (steps.length === 0) return null;
  checkGraph(steps);
  return definitionOrThrow(readDefinitionText(JSON.stringify({ name: NAME, steps }), `${NAME}.json`));
}

function joinedSteps(definition: ComplexWorkflow): JoinedStep[] {
  needObject("definition", definition);
  const lossy = findLossy(definition);
  if (lossy !== null)
    throw new InvalidParametersError(
      `definition: ${lossy.path || "it"} is ${lossy.reason}, which JSON cannot hold`,
      {
        details: { problems: [{ path: lossy.path, message: lossy.reason }] },
      },
    );
  const steps = needArray("definition.steps", definition.steps).map((step, index) =>
    needObject(`definition.steps[${index}]`, step),
  );
  const names = steps.map(({ name }, index) => needText(`definition.steps[${index}].name`, name));
  const further = needObject("definition.dependencies", definition.dependencies ?? {});
  const dependencies = Object.entries(further).map(([name, wanted]) => {
    needKnown(name, "definition.dependencies", names);
    return [name, needTexts(`definition.dependencies.${name}`, wanted)] as const;
  });
  const groups = readGroups(definition, names);
  const added = new Map(dependencies);
  return steps.map((step, index) => {
    const name = names[index] ?? "";
    const own = step["dependencies"] ?? step["depends_on"] ?? [];
    const path = `definition.steps[${index}].dependencies`;
    const all = [...needTexts(path, own), ...(added.get(name) ?? []), ...groupsBefore(name, groups)];
    const { depends_on: _, ...rest } = step;
    return { ...(rest as JsonObject), name, dependencies: [...new Set(all)] };
  });
}

function readGroups(
  { parallel_groups }: ComplexWorkflow,
  names: readonly string[],
): readonly (readonly string[])[] {
  const path = "definition.parallel_groups";
  const groups = needArray(path, parallel_groups ?? []);
  return groups.map((group, index) => {
    const members = needTexts(`${path}[${index}]`, group);
    for (const name of members) needKnown(name, `${path}[${index}]`, names);
    return members;
  });
}

/** Those of the group before the one that a step is in; none for one that is in no group. */
function groupsBefore(name: string, groups: readonly (readonly string[])[]): readonly string[] {
  const filled = groups.filter(({ length }) => length > 0);
  return filled.flatMap((group, index) => (group.includes(name) ? (filled[index - 1] ?? []) : []));
}

function needKnown(name: string, path: string, names: readonly string[]): void {
  if (names.includes(name)) return;
  const near = nearestNames(name, names);
  throw new InvalidParametersError(`${path} names the step '${name}', which there is not`, {
    details: { problems: [{ path, message: `no step '${name}'` }], near, available: names },
    suggestions: [...didYouMean(near)],
  });
}

/** Throws DAG_CYCLE or DAG_INVALID for dependencies that can never all be kept. */
function checkGraph(steps: readonly JoinedStep[]): void {
  const tasks = steps.map(({ name, dependencies }) => ({ name, dependencies }));
  const { problems, cycles } = new WorkflowDAG(tasks).validateDag();
  const [problem] = problems.filter(({ kind }) => kind !== "cycle");
  const [cycle] = cycles;
  if (cycle !== undefined) {
    const members = cycle.slice(0, -1).map((name) => `'${name}'`);
    const message = `Circular dependency detected in workflow steps: [${members.join(", ")}]`;
    throw new CycleDetectedError(message, cycle, { problems });
  }
  if (problem !== undefined) throw new DAGValidationError(problem.message, { problems });
}
