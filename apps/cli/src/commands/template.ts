import { cleanText } from "@orch/core/base";
import { EXIT } from "../exit-code.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { paint } from "../paint.ts";
import { table } from "../table.ts";
import type { Terminal } from "../terminal.ts";

/** Lists the templates that projects can be made from. */
export async function listTemplates(options: GlobalOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, (text) => terminal.err(cleanText(text)));
  const { projectManager } = engine;
  const templates = projectManager.listTemplates().map((name) => projectManager.findTemplate(name));
  if (options.json) {
    const listed = templates.map(({ name, type, description }) => ({ name, type, description }));
    terminal.out(JSON.stringify({ type: "result", success: true, templates: listed }));
    return EXIT.success;
  }
  const rows = templates.map(({ name, type, description }) => [name, type, description]);
  for (const line of table(rows, terminal.lineWidth)) terminal.out(line);
  return EXIT.success;
}

/** Shows what a project made from a template has. */
export async function showTemplate(
  name: string,
  options: GlobalOptions,
  terminal: Terminal,
): Promise<number> {
  await using engine = openEngine(options, (text) => terminal.err(cleanText(text)));
  const template = engine.projectManager.findTemplate(name);
  if (options.json) {
    terminal.out(JSON.stringify({ type: "result", success: true, template: template.toDict() }));
    return EXIT.success;
  }
  const description = template.description ? `  ${cleanText(template.description)}` : "";
  terminal.out(`${paint.strong(cleanText(template.name))}${description}`);
  const rows = [
    ["Type", template.type],
    ["Version", template.version],
    ["Directories", template.directoryStructure.join(", ")],
    ["Files", Object.keys(template.templateFiles).join(", ")],
    ["Documents", template.documentationConfig.nested_docs.join(", ")],
    ["Workflows", template.workflows.join(", ")],
    ["Modules", template.requiredModules.join(", ")],
    ["Further", template.optionalModules.join(", ")],
    ["Settings", JSON.stringify(template.defaultConfig)],
  ].filter(([, value]) => value !== "" && value !== "{}");
  for (const line of table(rows, terminal.lineWidth)) terminal.out(line);
  return EXIT.success;
}
