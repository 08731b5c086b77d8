import { type CompiledWorkflow, compileWorkflow, type DraftWorkflow } from "./compiled-workflow.ts";
import type { DefinitionProblem } from "./definition-problem.ts";
import { INVENTED_NAME, lenientWorkflow } from "./lenient-workflow.ts";
import { declarationProblems, readOwnWorkflow, readWorkflow, type Workflow } from "./workflow.ts";

/** A definition that was checked: compiled, or with all its problems. */
export interface CheckedDefinition {
  /** Null when there are problems. */
  readonly compiled: CompiledWorkflow | null;
  readonly problems: readonly DefinitionProblem[];
  /** What can be understood of it: all where there are no problems, null where there is nothing. */
  readonly draft: DraftWorkflow | null;
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
  return workflow === null ? checkDraft(written, problems) : checkSound(workflow);
}

/** Checks how the steps of a workflow go together whose fields are sound. */
export function checkSound(workflow: Workflow): CheckedDefinition {
  const compilation = compileWorkflow(workflow);
  return compilation.ok
    ? { compiled: compilation.compiled, problems: [], draft: compilation.compiled }
    : { compiled: null, problems: compilation.problems, draft: compilation.draft };
}

/** What more is wrong with a definition whose fields have problems. */
function checkDraft(written: unknown, problems: readonly DefinitionProblem[]): CheckedDefinition {
  const understood = lenientWorkflow(written);
  if (understood === null) return { compiled: null, problems, draft: null };
  const { workflow, invented, moved } = understood;
  const shape = mergeProblems(problems, declarationProblems(workflow));
  const compilation = compileWorkflow(workflow);
  if (compilation.ok) return { compiled: null, problems: shape, draft: compilation.compiled };
  const further = compilation.problems.map((problem) => {
    const message = problem.message.replaceAll(INVENTED_NAME, (name) => invented.get(name) ?? name);
    return { ...problem, message, path: moved.get(problem.path) ?? problem.path };
  });
  return { compiled: null, problems: mergeProblems(shape, further), draft: compilation.draft };
}

/** Both, without those of `further` at a place that `problems` has already. */
export function mergeProblems(
  problems: readonly DefinitionProblem[],
  further: readonly DefinitionProblem[],
): DefinitionProblem[] {
  const places = new Set(problems.map(({ path }) => path));
  return problems.concat(further.filter(({ path }) => !places.has(path)));
}
