import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { didYouMean, type JsonObject, nearestNames } from "@orch/core";
import { cleanText } from "@orch/core/base";
import {
  CONTROL_MODULES,
  describeAction,
  describeControls,
  ModuleNotFoundError,
  type OrchestrationEngine,
} from "@orch/engine";
import { commandText } from "../command-text.ts";
import { count } from "../count.ts";
import { EXIT } from "../exit-code.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { paint } from "../paint.ts";
import { schemaRows } from "../schema-text.ts";
import { table } from "../table.ts";
import type { Terminal } from "../terminal.ts";

/** A module as far as it is known. */
interface KnownModule {
  readonly module: string;
  /** `file`, `built_in`, or `run` for what a run performs itself. */
  readonly source: "file" | "built_in" | "run";
  readonly file: string | null;
  /** Whether its actions are known; those of a file only are once its code is loaded. */
  readonly loaded: boolean;
  readonly actions: readonly KnownAction[];
}

/** An action of it. */
interface KnownAction {
  readonly action: string;
  readonly description: string;
  readonly isolation?: string;
  readonly input: JsonObject | null;
  readonly output?: JsonObject | null;
}

/** Lists the modules that steps and tasks can call. Loads none of them. */
export async function listModules(options: GlobalOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, () => {});
  const modules = namesIn(engine).map((name) => knownModule(name, engine));
  if (options.json) {
    const listed = modules.map(({ actions, ...rest }) => ({
      ...rest,
      actions: rest.loaded ? actions.map(({ action }) => action) : null,
    }));
    terminal.out(JSON.stringify({ type: "result", success: true, modules: listed }));
    return EXIT.success;
  }
  const rows = modules.map((module) => [
    module.module,
    module.loaded ? count(module.actions.length, "action") : "",
    whereText(module, engine),
  ]);
  for (const line of table(rows, terminal.lineWidth)) terminal.out(line);
  if (modules.some(({ loaded }) => !loaded) && !options.quiet)
    terminal.err(
      paint.dim(
        `Actions of a file are known once its code is loaded: ${commandText("module show <module> --load")}`,
      ),
    );
  return EXIT.success;
}

/** What `orch module show` takes. */
export interface ShowModuleOptions extends GlobalOptions {
  /** Runs the code of the module's file, which is the only way to know its actions. */
  readonly load?: boolean;
}

/** Shows what the actions of a module take and give, as far as it is known without running its code. */
export async function showModule(
  name: string,
  options: ShowModuleOptions,
  terminal: Terminal,
): Promise<number> {
  await using engine = openEngine(options, (text) => terminal.err(cleanText(text)));
  if (!namesIn(engine).includes(name) && !engine.modules.has(name)) throw notFound(name, engine);
  if (options.load && engine.modules.has(name)) {
    // Whatever its code prints does not belong to the result.
    using _ = terminal.divert((text) => terminal.err(cleanText(text)));
    await engine.modules.load(name);
  }
  const module = knownModule(name, engine);
  const load = commandText(`module show ${name} --load`);
  if (options.json) {
    const suggestions = module.loaded ? [] : [`Load its code: ${load}`];
    terminal.out(JSON.stringify({ type: "result", success: true, ...module, suggestions }));
    return EXIT.success;
  }
  terminal.out(`${paint.strong(cleanText(name))}  ${paint.dim(cleanText(whereText(module, engine)))}`);
  if (!module.loaded)
    terminal.out(
      `  Its actions are known once its code is loaded, which runs that code.\n  Load it: ${cleanText(load)}`,
    );
  for (const action of module.actions) showAction(action, terminal);
  return EXIT.success;
}

function showAction(
  { action, description, isolation, input, output }: KnownAction,
  terminal: Terminal,
): void {
  const where = isolation === undefined || isolation === "inline" ? "" : paint.dim(` (${isolation})`);
  terminal.out(`\n${paint.strong(cleanText(action))}${where}  ${cleanText(description)}`.trimEnd());
  showSchema("input", input, terminal);
  if (output !== undefined) showSchema("output", output, terminal);
}

function showSchema(side: "input" | "output", schema: JsonObject | null, terminal: Terminal): void {
  const title = side === "input" ? "Input" : "Output";
  terminal.out(`  ${title}${schema === null ? "  not said" : ""}`);
  const rows = schema === null ? [] : schemaRows(schema, side);
  for (const line of table(rows, terminal.lineWidth - 2)) terminal.out(`  ${line}`);
}

/** All of them, also those that a run performs itself. */
const namesIn = ({ modules }: OrchestrationEngine): string[] =>
  [...new Set([...modules.listModules(), ...CONTROL_MODULES])].sort();

function knownModule(module: string, { modules }: OrchestrationEngine): KnownModule {
  const controls = describeControls(module);
  const url = modules.fileOf(module);
  const actions = modules.listActions(module).flatMap((action) => {
    const found = modules.peek(module, action);
    return found === undefined ? [] : [describeAction(found)];
  });
  if (controls.length > 0 && !modules.has(module))
    return { module, source: "run", file: null, loaded: true, actions: controls.map(withoutModule) };
  return {
    module,
    source: url === null ? "built_in" : "file",
    file: url && fileURLToPath(url),
    loaded: url === null || actions.length > 0,
    actions: actions.map(withoutModule),
  };
}

const withoutModule = <Action extends { readonly module: string }>({
  module: _,
  ...action
}: Action): Omit<Action, "module"> => action;

function whereText({ source, file }: KnownModule, { config }: OrchestrationEngine): string {
  if (source === "run") return "performed by the run itself";
  if (file === null) return "built in";
  const path = relative(config.baseDir, file);
  return path.startsWith(`..${sep}`) ? file : path;
}

function notFound(module: string, engine: OrchestrationEngine): ModuleNotFoundError {
  const available = namesIn(engine);
  const near = nearestNames(module, available);
  return new ModuleNotFoundError(`Module '${module}' not found`, {
    details: { module, near, available },
    suggestions: [
      ...didYouMean(near),
      `See all: ${commandText("module list")}`,
      `Or put ${module}.mjs into ${engine.config.modulesDir}.`,
    ],
  });
}
