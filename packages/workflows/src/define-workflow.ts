import type { JsonObject, JsonValue } from "@orch/core";
import type { ActionDefinition, ModuleDefinition } from "@orch/tasks";
import type { z } from "zod";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import type { ParameterDeclaration } from "./parameter-declaration.ts";
import {
  type DeepReference,
  type Given,
  makeReference,
  type Reference,
  withPlaceholders,
} from "./reference-proxy.ts";
import { compileDefinition } from "./workflow-library.ts";
import type { WorkflowStepInit } from "./workflow-step.ts";

/** Parameters by name. @internal */
type Declarations = Readonly<Record<string, ParameterDeclaration>>;
/** What steps give, by name. @internal */
type Outputs = Readonly<Record<string, unknown>>;

/** @internal */
interface TypeNames {
  string: string;
  number: number;
  integer: number;
  boolean: boolean;
  array: JsonValue[];
  object: JsonObject;
  null: null;
}

/** The value of a declared parameter. @internal */
type ValueOf<Declaration> = Declaration extends { readonly enum: readonly (infer Value)[] }
  ? Value
  : Declaration extends { readonly type: "array"; readonly items: infer Items }
    ? ValueOf<Items>[]
    : Declaration extends { readonly type: infer Name extends keyof TypeNames }
      ? TypeNames[Name]
      : JsonValue;

/** What an action takes. @internal */
type InputOf<Module extends ModuleDefinition, Action extends keyof Module["actions"]> =
  Module["actions"][Action] extends ActionDefinition<infer Input> ? z.input<Input> : never;

/** What an action gives. @internal */
type OutputOf<Module extends ModuleDefinition, Action extends keyof Module["actions"]> =
  Module["actions"][Action] extends ActionDefinition<z.ZodType, infer Output> ? z.output<Output> : unknown;

/** Parameters of a step: a key that the workflow has a parameter for may be left out, since that fills it in. @internal */
type ParametersOf<Input, Filled extends PropertyKey> = {
  readonly [Key in keyof Input as Key extends Filled ? never : Key]: Given<Input[Key]>;
} & {
  readonly [Key in keyof Input as Key extends Filled ? Key : never]?: Given<Input[Key]>;
};

/** What the parameters of a step can refer to. */
export interface BuilderScope<Parameters extends Declarations, Steps extends Outputs> {
  readonly params: { readonly [Name in keyof Parameters]: DeepReference<ValueOf<Parameters[Name]>> };
  readonly steps: {
    readonly [Name in keyof Steps]: {
      readonly output: DeepReference<Steps[Name]>;
      readonly status: Reference<string>;
      readonly success: Reference<boolean>;
      readonly error: Reference<string | null>;
    };
  };
}

/** The same for each item of a list. */
export interface ItemScope<Parameters extends Declarations, Steps extends Outputs, Item>
  extends BuilderScope<Parameters, Steps> {
  readonly item: DeepReference<Item>;
  /** From 0. */
  readonly index: Reference<number>;
}

/** Further fields of a step; `dependencies` are steps that were added before. */
export type BuilderStepOptions<Name extends PropertyKey> = Omit<
  WorkflowStepInit,
  "name" | "module" | "action" | "parameters" | "foreach" | "dependencies"
> & { readonly dependencies?: readonly Name[] };

/** Of a step that need not succeed, the output may be null. @internal */
type StepOutput<Value, Options> = Options extends { readonly required: false } | { readonly runIf: string }
  ? Value | null
  : Value;

/** What holds for a whole workflow, beside its steps and outputs. */
export interface BuilderOptions<Parameters extends Declarations> {
  readonly name: string;
  readonly description?: string;
  readonly version?: string;
  readonly parameters?: Parameters;
  readonly mode?: "sequential" | "parallel" | "priority" | "resource_aware";
  readonly maxParallel?: number;
  /** Of the whole run, milliseconds above 0. */
  readonly timeoutMs?: number;
  readonly onFailure?: "skip_dependents" | "continue" | "stop" | "cancel";
}

/** A workflow that is being written in code. Each call gives a new one; none is changed. */
export class WorkflowBuilder<Parameters extends Declarations, Steps extends Outputs> {
  readonly #options: BuilderOptions<Parameters>;
  readonly #steps: readonly object[];
  readonly #outputs: unknown;

  /** @internal */
  constructor(options: BuilderOptions<Parameters>, steps: readonly object[], outputs: unknown) {
    this.#options = options;
    this.#steps = steps;
    this.#outputs = outputs;
  }

  /**
   * Adds a step. `parameters` gets references to the parameters of the workflow and to the steps before; they must fit the
   * input of the action.
   */
  step<
    const Name extends string,
    Module extends ModuleDefinition,
    const Action extends keyof Module["actions"] & string,
    const Options extends BuilderStepOptions<keyof Steps> = object,
  >(
    name: Name,
    module: Module,
    action: Action,
    parameters: (
      scope: BuilderScope<Parameters, Steps>,
    ) => ParametersOf<InputOf<Module, Action>, keyof Parameters>,
    options?: Options,
  ): WorkflowBuilder<Parameters, Steps & Record<Name, StepOutput<OutputOf<Module, Action>, Options>>> {
    const step = { ...options, name, module: module.name, action, parameters: parameters(this.#scope()) };
    return this.#with(step);
  }

  /** Adds a step that runs for each item of a list; its output is the list of outputs, in order. */
  each<
    const Name extends string,
    Item,
    Module extends ModuleDefinition,
    const Action extends keyof Module["actions"] & string,
    const Options extends BuilderStepOptions<keyof Steps> = object,
  >(
    name: Name,
    list: (scope: BuilderScope<Parameters, Steps>) => Reference<readonly Item[]> | readonly Item[],
    module: Module,
    action: Action,
    parameters: (
      scope: ItemScope<Parameters, Steps, Item>,
    ) => ParametersOf<InputOf<Module, Action>, keyof Parameters>,
    options?: Options,
  ): WorkflowBuilder<Parameters, Steps & Record<Name, StepOutput<OutputOf<Module, Action>[], Options>>> {
    const scope = this.#scope();
    const inside = { ...scope, item: makeReference<Item>("item"), index: makeReference<number>("index") };
    const foreach = list(scope);
    return this.#with({
      ...options,
      name,
      module: module.name,
      action,
      foreach,
      parameters: parameters(inside),
    });
  }

  /** Says what a run gives back, by name. */
  outputs(
    outputs: (
      scope: BuilderScope<Parameters, Steps>,
    ) => Readonly<Record<string, Given<JsonValue> | Reference<unknown>>>,
  ): WorkflowBuilder<Parameters, Steps> {
    return new WorkflowBuilder(this.#options, this.#steps, outputs(this.#scope()));
  }

  /** What was written so far, not checked. */
  draft(): JsonObject {
    const outputs = this.#outputs === undefined ? {} : { outputs: this.#outputs };
    return withPlaceholders({ ...this.#options, steps: this.#steps, ...outputs }) as JsonObject;
  }

  /** The definition as it stands in a file. Throws WORKFLOW_DEFINITION_INVALID with all problems. */
  toDict(): JsonObject {
    return this.compile().workflow.toDict();
  }

  /** The checked definition, to be run. Throws WORKFLOW_DEFINITION_INVALID with all problems. */
  compile(): CompiledWorkflow {
    return compileDefinition(this.draft());
  }

  #with<More extends Outputs>(step: object): WorkflowBuilder<Parameters, Steps & More> {
    return new WorkflowBuilder(this.#options, [...this.#steps, step], this.#outputs);
  }

  #scope(): BuilderScope<Parameters, Steps> {
    return { params: root(""), steps: root("") } as unknown as BuilderScope<Parameters, Steps>;
  }
}

/** References to everything by name: which names there are, the types say. */
const root = (prefix: string): object =>
  new Proxy(
    {},
    { get: (_, key) => (typeof key === "symbol" ? undefined : makeReference(`${prefix}${key}`)) },
  );

/**
 * Begins a workflow in code. The outputs of steps are typed into the parameters of later ones; the definition is the same
 * as that of a file.
 */
export const defineWorkflow = <const Parameters extends Declarations = Record<never, never>>(
  options: BuilderOptions<Parameters>,
): WorkflowBuilder<Parameters, Record<never, never>> => new WorkflowBuilder(options, [], undefined);
