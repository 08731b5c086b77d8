/**
 * Kinds of problems of a definition. Where a run would fail for the same reason, it is the code of that error; the others
 * have a comment.
 */
export type ProblemCode =
  /** The text cannot be parsed. */
  | "INVALID_TEXT"
  /** A key stands twice in one object. */
  | "DUPLICATE_KEY"
  /** A field has a value that it cannot have. */
  | "INVALID_FIELD"
  | "DUPLICATE_STEP"
  | "UNKNOWN_DEPENDENCY"
  | "WORKFLOW_UNRESOLVED_REFERENCE"
  /** A step depends on itself, directly or not. */
  | "DAG_CYCLE"
  /** A condition cannot be parsed, or is not safe to ask. */
  | "INVALID_CONDITION"
  /** Part of a definition that this version cannot run. */
  | "UNAVAILABLE"
  | "MODULE_NOT_FOUND"
  | "ACTION_NOT_FOUND"
  | "INVALID_PARAMETERS"
  | "RESOURCE_UNAVAILABLE"
  | "WORKFLOW_NOT_FOUND"
  /** A key that means nothing: it is kept, and changes nothing. */
  | "UNKNOWN_KEY"
  /** A field that changes nothing beside the others of its step. */
  | "NO_EFFECT"
  /** A step waits for another for the sake of its undo alone. */
  | "UNDO_DEPENDENCY"
  /** A run that undoes what it has done leaves what a step has started as a detached execution. */
  | "UNDO_DETACHED"
  /** A condition that has the same outcome in every run. */
  | "CONSTANT_CONDITION"
  /** A step that can never run. */
  | "UNREACHABLE_STEP";

/** Something wrong with a definition. */
export interface DefinitionProblem {
  readonly code: ProblemCode;
  /** Where, as in `steps[1].dependencies[0]`; empty for the whole. */
  readonly path: string;
  /** What, with line and column where the definition was read from a text. */
  readonly message: string;
  /** From 1, where the definition was read from a text. */
  readonly line?: number;
  /** From 1. */
  readonly column?: number;
}
