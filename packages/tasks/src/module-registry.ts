import { InvalidParametersError, invariant, type JsonObject } from "@orch/core";
import type { z } from "zod";
import { actionNotFound, moduleNotFound } from "./errors.ts";
import type { ActionHandler, Isolation, ModuleDefinition } from "./module.ts";
import { loadModuleFile, ModuleFolder } from "./module-folder.ts";
import { ModuleProbe } from "./module-probe.ts";
import { type Actions, actionsOf, declaredActions, type ResolvedAction, toZod } from "./resolved-action.ts";
import { SharedWork } from "./shared-work.ts";

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
   * Where actions of files run at least that ask for less. With `worker` or `process` no file is loaded into this thread:
   * what it declares is learnt in a child process. A task or step that says where it runs still has its way. @default "inline"
   */
  readonly isolation?: Isolation;
  /** How long a file's own code may take to load in a child process, milliseconds. @default 20000 */
  readonly loadTimeoutMs?: number;
  /**
   * Names of the environment variables that a file sees while it is looked at, beside the usual ones (PATH, HOME, LANG and
   * the like). @default with `isolation: "process"` none, else all that this process has
   */
  readonly env?: readonly string[];
}

/** How an action is looked for. */
export interface FindOptions {
  /** Where it is to run, whatever the action says: `inline` loads its file into this thread. @default where the action says */
  readonly isolation?: Isolation | null;
  /** Ends the wait; a file that nobody waits for any more is not looked at any longer. */
  readonly signal?: AbortSignal;
}

const LOAD_TIMEOUT_MS = 20_000;

/**
 * Which function a (module, action) means. Handlers registered in code come first, then the files of `modulesDir`, then
 * those of `parent`. A caller's name is only ever compared with known names: it never becomes a path. Names of files
 * are read at once. A file is loaded with its first action: into this thread, which a file that never ends to load, or
 * exits, takes with it; or, with `isolation: "process"`, in a child process, bounded in time (`loadTimeoutMs`) and memory,
 * once, to learn what it declares.
 */
export class ModuleRegistry {
  readonly #code = new Map<string, Actions>();
  readonly #loaded = new Map<string, Actions>();
  readonly #loading = new Map<string, SharedWork<Actions>>();
  readonly #aliases = new Map<string, string>();
  readonly #folder: ModuleFolder | null;
  readonly #parent: ModuleRegistry | null;
  readonly #isolation: Isolation;
  /** Looks at files that are to stay out of this thread; null where they need not. */
  readonly #probe: ModuleProbe | null;

  constructor(options: ModuleRegistryOptions = {}) {
    const { modulesDir, parent, isolation = "inline", loadTimeoutMs: timeoutMs = LOAD_TIMEOUT_MS } = options;
    const { env = isolation === "process" ? [] : Object.keys(process.env) } = options;
    this.#isolation = isolation;
    this.#probe = isolation === "inline" ? null : new ModuleProbe({ timeoutMs, env });
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
    } else this.#code.set(module.name, actionsOf(module.name, module, null));
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

  /** Names of a module's actions, sorted; of a file's only once it was loaded. */
  listActions(module: string): string[] {
    const [name] = this.#translate(module, "");
    const names = [
      ...(this.#code.get(name)?.keys() ?? []),
      ...(this.#loaded.get(name)?.keys() ?? []),
      ...(this.#parent?.listActions(name) ?? []),
    ];
    return [...new Set(names)].sort();
  }

  /** The file of a module, whether it was loaded or not; null for one that is only registered in code, or unknown. */
  fileOf(module: string): URL | null {
    const [name] = this.#translate(module, "");
    return this.#folder?.find(name) ?? this.#parent?.fileOf(name) ?? null;
  }

  /** Learns what a module declares, from its file. Throws MODULE_NOT_FOUND or MODULE_LOAD_FAILED, or the reason of `signal`. */
  async load(module: string, { signal }: Pick<FindOptions, "signal"> = {}): Promise<void> {
    if (!this.has(module)) throw moduleNotFound(module, this.listModules());
    const [name] = this.#translate(module, "");
    await this.#loadFile(name, signal);
    if (this.#parent?.has(name)) await this.#parent.load(name, { ...(signal ? { signal } : {}) });
  }

  /** The handler of an action, in this thread. Throws MODULE_NOT_FOUND, ACTION_NOT_FOUND or MODULE_LOAD_FAILED. */
  async resolve(module: string, action: string): Promise<ActionHandler> {
    const { definition } = await this.find(module, action, { isolation: "inline" });
    return (parameters, context) => {
      invariant(definition.run !== null, `${module}.${action} was loaded`);
      return definition.run(parameters, context);
    };
  }

  /** The action without loading anything: undefined when its file was not loaded yet. O(1). */
  peek(module: string, action: string): ResolvedAction | undefined {
    // A short way for most of them, since every attempt comes along here.
    const own = this.#aliases.size === 0 ? this.#code.get(module)?.get(action) : undefined;
    return own ?? this.#known(module, action);
  }

  /**
   * The action with its contract; loads its file where needed. Throws as {@link resolve}, and the reason of `signal`. Without
   * its code (`run` is null) where its file needs not be loaded into this thread.
   */
  async find(module: string, action: string, options: FindOptions = {}): Promise<ResolvedAction> {
    const known = this.#known(module, action);
    const found = known ?? (await this.#findInFiles(module, action, options));
    const isHere = found.definition.run !== null || options.isolation !== "inline";
    return isHere ? found : this.#bringHere(found);
  }

  async #findInFiles(module: string, action: string, { signal }: FindOptions): Promise<ResolvedAction> {
    await this.load(this.#translate(module, action)[0], { ...(signal ? { signal } : {}) });
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

  /** From code, then from the file, when that was loaded, then from the parent; undefined also while the file has to be loaded first. */
  #known(module: string, action: string): ResolvedAction | undefined {
    const [name, act] = this.#translate(module, action);
    const own = this.#code.get(name)?.get(act) ?? this.#loaded.get(name)?.get(act);
    if (own) return own;
    const unloaded = this.#folder?.find(name) !== undefined && !this.#loaded.has(name);
    return unloaded ? undefined : this.#parent?.peek(name, act);
  }

  async #loadFile(name: string, signal?: AbortSignal): Promise<void> {
    const file = this.#folder?.find(name);
    if (!file || this.#loaded.has(name)) return;
    const before = this.#loading.get(name);
    const loading =
      before === undefined || before.isOver
        ? new SharedWork((stop) => this.#actionsOf(name, file, stop))
        : before;
    this.#loading.set(name, loading);
    try {
      this.#loaded.set(name, await loading.join(signal));
    } finally {
      if (loading.isOver && this.#loading.get(name) === loading) this.#loading.delete(name);
    }
  }

  async #actionsOf(name: string, file: URL, signal: AbortSignal): Promise<Actions> {
    // Whoever has files run in this thread trusts them: a look at each first would take as long as the work of many.
    if (this.#probe === null) return this.#actionsHere(name, file);
    return declaredActions(await this.#probe.look(name, file, signal), file, this.#isolation);
  }

  async #actionsHere(name: string, file: URL): Promise<Actions> {
    return actionsOf(name, await loadModuleFile(name, file), file, this.#isolation);
  }

  /** The action with its code, of a file that was only looked at. */
  async #bringHere(found: ResolvedAction): Promise<ResolvedAction> {
    const { module, action, file } = found;
    if (this.#loaded.get(module)?.get(action) !== found || file === null) {
      if (this.#parent === null) return found;
      return this.#parent.find(module, action, { isolation: "inline" });
    }
    const actions = await this.#actionsHere(module, file);
    this.#loaded.set(module, actions);
    const here = actions.get(action);
    if (here) return here;
    throw actionNotFound(module, action, [...actions.keys()].sort());
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
