import { type Command, Option } from "commander";
import type { Act } from "./program.ts";
import { many } from "./run-arguments.ts";

const KINDS = ["README", "AGENTS", "SPEC", "PAI"];

/** What can be done with documents. */
export function addDocuments(program: Command, act: Act): void {
  const group = program.command("docs").description("documents of a project or a directory, from templates");
  const load = () => import("./commands/docs.ts");
  options(group.command("generate [directory]"))
    .description("write documents; what somebody has written stays")
    .action(act(async () => (await load()).generateDocs));
  options(group.command("check [directory]"))
    .description("say which documents would change; writes nothing, ends with 1 if any would")
    .action(act(async () => (await load()).checkDocs));
}

/** What is said of what is documented; a project knows it by itself. */
const options = (command: Command): Command =>
  command
    .option("--project <project>", "those of a project, which knows all of this by itself")
    .option("--name <name>", "what it is called (default: the name of the directory)")
    .option("--type <type>", "what it is, any word (default: custom)")
    .option("--description <text>", "what it is about")
    .option("--author <name>", "whose it is")
    .option("--release <version>", "its version (default: 1.0.0)")
    .option("--created <date>", "since when it is there, ISO-8601 (default: that of the directory)")
    .option("--template <name>", "prefer templates of this name")
    .addOption(
      many("--document <kind>", `a kind of document (default: README, AGENTS), of ${KINDS.join(", ")}`),
    )
    .addOption(many("--dir <path>", "a directory in it that gets documents, too"))
    .addOption(new Option("--all-dirs", "each directory directly in it does").conflicts("project"));
