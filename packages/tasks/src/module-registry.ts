import { InvalidParametersError, type JsonObject } from "@orch/core";
import { z } from "zod";
import { actionNotFound, moduleNotFound } from "./errors.ts";
import type { ActionDefinition, ActionHandler, ModuleDefinition } from "./module.ts";
import { loadModuleFile, ModuleFolder } from "./module-folder.ts";

/** An action as it can be run: its contract, and the file it came from, if any. */
export interface ResolvedAction {
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

interface Module {
  readonly actions: Map<string, ResolvedAction>;
  readonly file: URL | null;
}

/**
 * Which function a (module, action) means. Handlers registered in code come first, then the files of `modulesDir`, then
 * those of `parent`. A caller's name is only ever compared with known names: it never becomes a path. Names of files
 * are read at once, their code only when one of their actions is resolved.
 */
export class ModuleRegistry {
  readonly #modules = new Map<string, Module>();
  readonly #aliases = new Map<string, string>();
  readonly #folder: ModuleFolder | null;
  readonly #parent: ModuleRegistry | null;
  readonly #loading = new Map<string, Promise<Module>>();

  constructor({ modulesDir, parent }: { readonly modulesDir?: string; readonly parent?: ModuleRegistry } = {}) {
    this.#folder = modulesDir === undefined ? null : new ModuleFolder(modulesDir);
    this.#parent = parent ?? null;
  }

  /** Makes `handler` the action; the same pair again replaces it. */
  register(module: string, action: string, handler: ActionHandler, options: ActionOptions = {}): this {
    if (!module || !action) throw new InvalidParametersError(`A handler needs a module and an action, got '${module}' and '${action}'`);
    const input = options.parametersSchema === undefined ? undefined : toZod(options.parametersSchema);
    const run = (parameters: unknown, context: Parameters<ActionHandler>[1]) => handler(parameters as JsonObject, context);
    const known = this.#modules.get(module);
    const target: Module = known && known.file === null ? known : { actions: new Map(), file: null };
    this.#modules.set(module, target);
    target.actions.set(action, { definition: { description: options.description ?? "", run, ...(input ? { input } : {}) }, file: null });
    return this;
  }

  /** Registers several handlers of one module, or a whole module made with `defineModule`. */
  registerModule(module: string | ModuleDefinition, actions: Readonly<Record<string, ActionHandler>> = {}): this {
    if (typeof module === "string") {
      for (const [action, handler] of Object.entries(actions)) this.register(module, action, handler);
    } else this.#modules.set(module.name, toModule(module, null));
    return this;
  }

  /** Makes `name` mean `target`: both `module`, or both `module.action`. */
  alias(name: string, target: string): this {
    this.#aliases.set(name, target);
    return this;
  }

  /** Forgets a module, or one action of it, that was registered in code; false when there is none. */
  unregister(module: string, action?: string): boolean {
    const found = this.#modules.get(module);
    if (found?.file !== null) return false;
    return action === undefined ? this.#modules.delete(module) : found.actions.delete(action);
  }

  /** Whether the module is known; with an action: whether its loaded code has it. */
  has(module: string, action?: string): boolean {
    const [name, act] = this.#translate(module, action ?? "");
    if (action === undefined) return this.listModules().includes(name) || (this.#parent?.has(name) ?? false);
    return this.#modules.get(name)?.actions.has(act) ?? this.#parent?.has(name, act) ?? false;
  }

  /** Names of all modules, sorted; aliases are not listed. */
  listModules(): string[] {
    const names = [...this.#modules.keys(), ...(this.#folder?.names() ?? []), ...(this.#parent?.listModules() ?? [])];
    return [...new Set(names)].sort();
  }

  /** Names of a module's actions, sorted; of a file's only once its code is loaded. */
  listActions(module: string): string[] {
    const [name] = this.#translate(module, "");
    return [...(this.#modules.get(name)?.actions.keys() ?? this.#parent?.listActions(name) ?? [])].sort();
  }

  /** Loads the code of a module file. Throws MODULE_NOT_FOUND or MODULE_LOAD_FAILED. */
  async load(module: string): Promise<void> {
    await this.#module(this.#translate(module, "")[0]);
  }

  /** The handler of an action. Throws MODULE_NOT_FOUND, ACTION_NOT_FOUND or MODULE_LOAD_FAILED. */
  async resolve(module: string, action: string): Promise<ActionHandler> {
    const { definition } = await this.find(module, action);
    return (parameters, context) => definition.run(parameters, context);
  }

  /** The action without loading anything: undefined when its code is not there yet. O(1). */
  peek(module: string, action: string): ResolvedAction | undefined {
    const [name, act] = this.#translate(module, action);
    return this.#modules.get(name)?.actions.get(act) ?? (this.#folder?.has(name) ? undefined : this.#parent?.peek(name, act));
  }

  /** The action with its contract; loads its file where needed. Throws as {@link resolve}. */
  async find(module: string, action: string): Promise<ResolvedAction> {
    const [name, act] = this.#translate(module, action);
    const { actions } = await this.#module(name);
    const found = actions.get(act);
    if (found === undefined) throw actionNotFound(module, action, [...actions.keys()].sort());
    return found;
  }

  async #module(name: string): Promise<Module> {
    const known = this.#modules.get(name) ?? (await this.#loadFile(name));
    if (known) return known;
    if (this.#parent?.has(name)) return this.#parent.#module(name);
    throw moduleNotFound(name, this.listModules());
  }

  async #loadFile(name: string): Promise<Module | undefined> {
    const file = this.#folder?.find(name);
    if (!file) return undefined;
    const loading = this.#loading.get(name) ?? loadModuleFile(name, file).then((definition) => toModule(definition, file));
    this.#loading.set(name, loading);
    try {
      const module = await loading;
      this.#modules.set(name, module);
      return module;
    } finally {
      this.#loading.delete(name);
    }
  }

  /** What a name means: of a whole `module.action` first, then of the module. */
  #translate(module: string, action: string): readonly [string, string] {
    const whole = this.#aliases.get(`${module}.${action}`);
    if (whole !== undefined) {
      const dot = whole.indexOf(".");
      return [whole.slice(0, dot), whole.slice(dot + 1)];
    }
    return [this.#aliases.get(module) ?? module, action];
  }
}

function toModule({ actions }: ModuleDefinition, file: URL | null): Module {
  return { actions: new Map(Object.entries(actions).map(([name, definition]) => [name, { definition, file }])), file };
}

const toZod = (schema: z.ZodType | JsonObject): z.ZodType =>
  schema instanceof z.ZodType ? schema : z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
