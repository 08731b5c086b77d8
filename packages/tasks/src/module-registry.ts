import { errorMessage, InvalidParametersError, type JsonObject } from "@orch/core";
import { z } from "zod";
import { actionNotFound, moduleNotFound } from "./errors.ts";
import {
  type ActionDefinition,
  type ActionHandler,
  ISOLATIONS,
  type Isolation,
  type ModuleDefinition,
} from "./module.ts";
import { loadModuleFile, ModuleFolder } from "./module-folder.ts";

/** An action as it can be run: its contract, and where its code is. */
export interface ResolvedAction {
  /** What its module is called, whatever alias it was asked for by. */
  readonly module: string;
  /** What its module calls it. */
  readonly action: string;
  readonly definition: Pick<ActionDefinition, "run" | "description" | "isolation" | "version"> & {
    readonly input?: z.ZodType;
    readonly output?: z.ZodType;
  };
  /** The module's file; null for a handler given in code, which can only run in this thread. */
  readonly file: URL | null;
}

/** What may be said of a handler given in code. */
export interface ActionOptions {
  readonly description?: string;
  /** Zod or JSON Schema; parameters are parsed with it before each attempt. */
  readonly parametersSchema?: z.ZodType | JsonObject;
}

/** Where a {@link ModuleRegistry} looks. */
export interface ModuleRegistryOptions {
  /** The directory of module files. @default none */
  readonly modulesDir?: string;
  /** Where else is looked, behind all of its own. */
  readonly parent?: ModuleRegistry;
  /**
   * Where actions of files run at least that ask for less: `process` keeps them out of this process. A task or step that
   * says where it runs still has its way. @default "inline"
   */
  readonly isolation?: Isolation;
}

type Actions = Map<string, ResolvedAction>;

/**
 * Which function a (module, action) means. Handlers registered in code come first, then the files of `modulesDir`, then
 * those of `parent`. A caller's name is only ever compared with known names: it never becomes a path. Names of files
 * are read at once, their code only when one of their actions is resolved.
 */
export class ModuleRegistry {
  readonly #code = new Map<string, Actions>();
  readonly #loaded = new Map<string, Actions>();
  readonly #loading = new Map<string, Promise<Actions>>();
  readonly #aliases = new Map<string, string>();
  readonly #folder: ModuleFolder | null;
  readonly #parent: ModuleRegistry | null;
  readonly #isolation: Isolation;

  constructor({ modulesDir, parent, isolation = "inline" }: ModuleRegistryOptions = {}) {
    this.#isolation = isolation;
    this.#folder = modulesDir === undefined ? null : new ModuleFolder(modulesDir);
    this.#parent = parent ?? null;
  }

  /** Makes `handler` the action; the same pair again replaces it. Throws INVALID_PARAMETERS for an empty name or a bad schema. */
  register(module: string, action: string, handler: ActionHandler, options: ActionOptions = {}): this {
    if (!module || !action)
      throw new InvalidParametersError(
        `A handler needs a module and an action, got '${module}' and '${action}'`,
      );
    const input = options.parametersSchema === undefined ? undefined : toZod(options.parametersSchema);
    const run = (parameters: unknown, context: Parameters<ActionHandler>[1]) =>
      handler(parameters as JsonObject, context);
    const actions: Actions = this.#code.get(module) ?? new Map();
    this.#code.set(module, actions);
    actions.set(action, {
      ...{ module, action, file: null },
      definition: { description: options.description ?? "", run, ...(input ? { input } : {}) },
    });
    return this;
  }

  /** Registers several handlers of one module, or a whole module made with `defineModule`, in place of what it had. */
  registerModule(
    module: string | ModuleDefinition,
    actions: Readonly<Record<string, ActionHandler>> = {},
  ): this {
    if (typeof module === "string") {
      for (const [action, handler] of Object.entries(actions)) this.register(module, action, handler);
    } else this.#code.set(module.name, toActions(module.name, module, null));
    return this;
  }

  /** Makes `name` mean `target`: both `module`, or both `module.action`. Throws INVALID_PARAMETERS for one of each. */
  alias(name: string, target: string): this {
    if (name.includes(".") !== target.includes(".")) {
      const message = `'${name}' cannot stand for '${target}': give two modules, or two of the form module.action`;
      throw new InvalidParametersError(message, { details: { name, target } });
    }
    this.#aliases.set(name, target);
    return this;
  }

  /** Forgets a module, or one action of it, that was registered in code; false when there is none. */
  unregister(module: string, action?: string): boolean {
    return action === undefined
      ? this.#code.delete(module)
      : (this.#code.get(module)?.delete(action) ?? false);
  }

  /** Whether the module is known; with an action: whether its loaded code has it. */
  has(module: string, action?: string): boolean {
    if (action !== undefined) return this.#known(module, action) !== undefined;
    const [name] = this.#translate(module, "");
    return (
      this.#code.has(name) || this.#folder?.find(name) !== undefined || (this.#parent?.has(name) ?? false)
    );
  }

  /** Names of all modules, sorted; aliases are not listed. */
  listModules(): string[] {
    const names = [
      ...this.#code.keys(),
      ...(this.#folder?.names() ?? []),
      ...(this.#parent?.listModules() ?? []),
    ];
    return [...new Set(names)].sort();
  }

  /** Names of a module's actions, sorted; of a file's only once its code is loaded. */
  listActions(module: string): string[] {
    const [name] = this.#translate(module, "");
    const names = [
      ...(this.#code.get(name)?.keys() ?? []),
      ...(this.#loaded.get(name)?.keys() ?? []),
      ...(this.#parent?.listActions(name) ?? []),
    ];
    return [...new Set(names)].sort();
  }

  /** The file of a module, whether its code is loaded or not; null for one that is only registered in code, or unknown. */
  fileOf(module: string): URL | null {
    const [name] = this.#translate(module, "");
    return this.#folder?.find(name) ?? this.#parent?.fileOf(name) ?? null;
  }

  /** Loads the code of a module file. Throws MODULE_NOT_FOUND or MODULE_LOAD_FAILED. */
  async load(module: string): Promise<void> {
    if (!this.has(module)) throw moduleNotFound(module, this.listModules());
    const [name] = this.#translate(module, "");
    await this.#loadFile(name);
    if (this.#parent?.has(name)) await this.#parent.load(name);
  }

  /** The handler of an action. Throws MODULE_NOT_FOUND, ACTION_NOT_FOUND or MODULE_LOAD_FAILED. */
  async resolve(module: string, action: string): Promise<ActionHandler> {
    const { definition } = await this.find(module, action);
    return (parameters, context) => definition.run(parameters, context);
  }

  /** The action without loading anything: undefined when its code is not there yet. O(1). */
  peek(module: string, action: string): ResolvedAction | undefined {
    // A short way for most of them, since every attempt comes along here.
    const own = this.#aliases.size === 0 ? this.#code.get(module)?.get(action) : undefined;
    return own ?? this.#known(module, action);
  }

  /** The action with its contract; loads its file where needed. Throws as {@link resolve}. */
  async find(module: string, action: string): Promise<ResolvedAction> {
    const known = this.#known(module, action);
    if (known) return known;
    await this.load(this.#translate(module, action)[0]);
    const loaded = this.#known(module, action);
    if (loaded) return loaded;
    throw actionNotFound(module, action, this.listActions(module));
  }

  /**
   * Where the file of an action is, when that is not loaded and nothing else may have the action; undefined else, also for an
   * unknown module. Loads nothing: whether the file has such an action is found out by who loads it.
   */
  locate(module: string, action: string): Omit<ResolvedAction, "definition"> | undefined {
    const [name, act] = this.#translate(module, action);
    if (this.#code.get(name)?.has(act) || this.#loaded.get(name)?.has(act)) return undefined;
    const above = this.#parent?.locate(name, act);
    const file = this.#loaded.has(name) ? undefined : this.#folder?.find(name);
    if (file === undefined) return above;
    return above || this.#parent?.peek(name, act) ? undefined : { module: name, action: act, file };
  }

  /** From code, then from the loaded file, then from the parent; undefined also while the file has to be loaded first. */
  #known(module: string, action: string): ResolvedAction | undefined {
    const [name, act] = this.#translate(module, action);
    const own = this.#code.get(name)?.get(act) ?? this.#loaded.get(name)?.get(act);
    if (own) return own;
    const unloaded = this.#folder?.find(name) !== undefined && !this.#loaded.has(name);
    return unloaded ? undefined : this.#parent?.peek(name, act);
  }

  async #loadFile(name: string): Promise<void> {
    const file = this.#folder?.find(name);
    if (!file || this.#loaded.has(name)) return;
    const loading =
      this.#loading.get(name) ??
      loadModuleFile(name, file).then((loaded) => toActions(name, loaded, file, this.#isolation));
    this.#loading.set(name, loading);
    try {
      this.#loaded.set(name, await loading);
    } finally {
      this.#loading.delete(name);
    }
  }

  /** What a name means: of a whole `module.action` first, then of the module. */
  #translate(module: string, action: string): readonly [string, string] {
    if (this.#aliases.size === 0) return [module, action];
    const whole = this.#aliases.get(`${module}.${action}`);
    if (whole === undefined) return [this.#aliases.get(module) ?? module, action];
    const dot = whole.indexOf(".");
    return [whole.slice(0, dot), whole.slice(dot + 1)];
  }
}

function toActions(
  module: string,
  { actions }: ModuleDefinition,
  file: URL | null,
  least: Isolation = "inline",
): Actions {
  const raised = (definition: ActionDefinition) => {
    const { isolation = "inline" } = definition;
    const isEnough = ISOLATIONS.indexOf(isolation) >= ISOLATIONS.indexOf(least);
    return isEnough ? definition : { ...definition, isolation: least };
  };
  return new Map(
    Object.entries(actions).map(([action, definition]) => [
      action,
      { module, action, definition: raised(definition), file },
    ]),
  );
}

function toZod(schema: z.ZodType | JsonObject): z.ZodType {
  if (schema instanceof z.ZodType) return schema;
  try {
    return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  } catch (cause) {
    throw new InvalidParametersError(`The schema of the parameters cannot be used: ${errorMessage(cause)}`, {
      details: { schema },
      cause,
    });
  }
}
