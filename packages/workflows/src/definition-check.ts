import { type CompiledWorkflow, compileWorkflow } from "./compiled-workflow.ts";
import type { DefinitionProblem } from "./definition-problem.ts";
import { lenientWorkflow } from "./lenient-workflow.ts";
import { readOwnWorkflow, readWorkflow } from "./workflow.ts";

/** A definition that was checked: compiled, or with all its problems. */
export interface CheckedDefinition {
  /** Null when there are problems. */
  readonly compiled: CompiledWorkflow | null;
  readonly problems: readonly DefinitionProblem[];
}

/**
 * Checks a definition as it is written in a file or given in code. All problems are found at once: where fields have
 * problems, how the steps go together is checked as far as it can be understood. `isOwn`: nobody else has the value, and
 * it is JSON.
 */
export function checkDefinition(
  written: unknown,
  { isOwn = false }: { readonly isOwn?: boolean } = {},
): CheckedDefinition {
  const { workflow, problems } = isOwn ? readOwnWorkflow(written) : readWorkflow(written);
  if (workflow === null) {
    const understood = lenientWorkflow(written);
    const further = understood === null ? [] : problemsIn(compileWorkflow(understood));
    return { compiled: null, problems: mergeProblems(problems, further) };
  }
  const compilation = compileWorkflow(workflow);
  return compilation.ok
    ? { compiled: compilation.compiled, problems: [] }
    : { compiled: null, problems: compilation.problems };
}

const problemsIn = (compilation: ReturnType<typeof compileWorkflow>): readonly DefinitionProblem[] =>
  compilation.ok ? [] : compilation.problems;

/** Both, without those of `further` at a place that `problems` has already. */
export function mergeProblems(
  problems: readonly DefinitionProblem[],
  further: readonly DefinitionProblem[],
): DefinitionProblem[] {
  const places = new Set(problems.map(({ path }) => path));
  return problems.concat(further.filter(({ path }) => !places.has(path)));
}
