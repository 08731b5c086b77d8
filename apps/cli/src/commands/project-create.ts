import { resolve } from "node:path";
import { cleanText } from "@orch/core/base";
import type { OrchestrationEngine, Project, ProjectType } from "@orch/engine";
import { commandText } from "../command-text.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { readParameters } from "../parameters.ts";
import { tellResult } from "../tell-result.ts";
import type { Terminal } from "../terminal.ts";

/** What `orch project create` takes. */
export interface CreateProjectCommand extends GlobalOptions {
  readonly template?: string;
  readonly type?: ProjectType;
  /** Relative to the current directory. */
  readonly path?: string;
  readonly description?: string;
  readonly author?: string;
  readonly tag?: readonly string[];
  /** `key=value` texts. */
  readonly set?: readonly string[];
}

/** Makes a project. Overwrites nothing. */
export async function createProject(
  name: string,
  options: CreateProjectCommand,
  terminal: Terminal,
): Promise<number> {
  await using engine = openEngine(options, (text) => terminal.err(cleanText(text)));
  const { template, type, path, description, author, tag, set } = options;
  const project = engine.projectManager.createProject(name, {
    ...{ templateName: template, type, description, author, tags: tag },
    path: path === undefined ? undefined : resolve(path),
    config: readParameters({ param: set ?? [] }, {}),
  });
  const { what, next } = nextOf(project, engine);
  const result = {
    project_name: project.name,
    project_type: project.writtenType,
    project_path: project.path,
    template_used: project.template,
    workflows: project.workflows,
    suggestions: [next],
  };
  const text = `Created ${cleanText(project.path)}\n  ${what}: ${cleanText(next)}`;
  return tellResult(result, text, options, terminal);
}

/** What to do with a new project: of its workflows only those can be run that there are in this base. */
function nextOf(
  { name, workflows }: Project,
  { workflowManager }: OrchestrationEngine,
): { readonly what: string; readonly next: string } {
  const known = workflows.find((each) => workflowManager.getCompiled(each) !== null);
  if (known !== undefined)
    return { what: "Run a workflow in it", next: commandText(`project run ${name} ${known}`) };
  const [first] = workflows;
  if (first !== undefined)
    return {
      what: "None of its workflows is here yet; bring one",
      next: commandText(`workflow create ${first} --template ${first}`),
    };
  return { what: "Give it a workflow", next: commandText(`project update ${name} --workflow <workflow>`) };
}
