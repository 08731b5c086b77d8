import { type Command, Option } from "commander";
import type { Act } from "./program.ts";
import { many, runOptions } from "./run-arguments.ts";

const TYPES = [
  "web_application",
  "data_pipeline",
  "ai_analysis",
  "ml_model",
  "documentation",
  "research",
  "custom",
];
const STATUSES = ["planning", "active", "paused", "completed", "archived", "failed"];

/** What can be done with projects. */
export function addProjects(program: Command, act: Act): void {
  const group = program.command("project").description("make projects and work in them");
  group
    .command("create <name>")
    .description("make a project: directories, documents, settings; overwrites nothing")
    .option("--template <template>", "what it is made from; see: template list")
    .addOption(new Option("--type <type>", "what it is for").choices(TYPES))
    .option("--path <dir>", "its directory (default: <name> in the directory of projects)")
    .option("--description <text>", "what it is about")
    .option("--author <name>", "whose it is")
    .addOption(many("--tag <tag>", "a tag"))
    .addOption(many("--set <key=value>", "a setting"))
    .action(act(async () => (await import("./commands/project-create.ts")).createProject));
  group
    .command("list")
    .description("all projects, and what cannot be read")
    .action(act(async () => (await import("./commands/project.ts")).listProjects));
  group
    .command("show <project>")
    .description("how it stands: workflows, milestones, metrics")
    .action(act(async () => (await import("./commands/project.ts")).showProject));
  runOptions(
    group
      .command("run <project> <workflow>")
      .description("run one of its workflows, and count that in the project"),
  ).action(act(async () => (await import("./commands/project-run.ts")).runInProject));
  addChanges(group, act);
}

/** What can be changed of a project. */
function addChanges(group: Command, act: Act): void {
  const load = () => import("./commands/project-change.ts");
  group
    .command("milestone <project> <milestone>")
    .description("note that something was reached, now")
    .addOption(many("--data <key=value>", "what is to be said of it"))
    .action(act(async () => (await load()).addMilestone));
  group
    .command("update <project>")
    .description("change what is known of it")
    .addOption(new Option("--status <status>", "how far it is; nothing leaves archived").choices(STATUSES))
    .option("--description <text>", "what it is about")
    .option("--author <name>", "whose it is")
    .addOption(many("--tag <tag>", "a tag, beside those it has"))
    .addOption(many("--workflow <workflow>", "a workflow to run in it, beside those it has"))
    .addOption(many("--set <key=value>", "a setting"))
    .addOption(many("--metric <key=value>", "a metric"))
    .action(act(async () => (await load()).updateProject));
  group
    .command("archive <project>")
    .description("write all of it to a .tar.gz; it is archived from then on, for good")
    .option(
      "--output <file>",
      "the archive (default: archives/<project>.tar.gz in the directory of projects)",
    )
    .action(act(async () => (await load()).archiveProject));
  group
    .command("delete <project>")
    .description("forget it; its files stay")
    .option("--files", "remove its directory with all that is in it, too")
    .action(act(async () => (await load()).deleteProject));
}

/** What can be seen of templates. */
export function addTemplates(program: Command, act: Act): void {
  const group = program.command("template").description("look at what projects are made from");
  const load = () => import("./commands/template.ts");
  group
    .command("list")
    .description("all templates")
    .action(act(async () => (await load()).listTemplates));
  group
    .command("show <template>")
    .description("what a project made from it has")
    .action(act(async () => (await load()).showTemplate));
}
