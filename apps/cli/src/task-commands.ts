import { type Command, Option } from "commander";
import type { Act } from "./program.ts";
import { parameterOptions, positiveNumber, wholeNumber, wholeNumberFromZero } from "./run-arguments.ts";

const PRIORITIES = ["critical", "high", "normal", "low", "background"];
const STANDINGS = [
  "pending",
  "blocked",
  "ready",
  "running",
  "completed",
  "failed",
  "timeout",
  "cancelled",
  "skipped",
  "interrupted",
];

/** What can be seen of modules. */
export function addModules(program: Command, act: Act): void {
  const group = program.command("module").description("look at what steps and tasks can call");
  const load = () => import("./commands/module.ts");
  group
    .command("list")
    .description("all modules; loads no code")
    .action(act(async () => (await load()).listModules));
  group
    .command("show <module>")
    .description("what its actions take and give")
    .option("--load", "run the code of its file, which is where its actions are known from")
    .action(act(async () => (await load()).showModule));
}

/** What can be done with single tasks. */
export function addTasks(program: Command, act: Act): void {
  const group = program.command("task").description("run single actions, and look at tasks");
  const load = () => import("./commands/task.ts");
  parameterOptions(group.command("run <module.action>").description("run an action; its result is printed"))
    .addOption(new Option("--priority <priority>", "how urgent it is").choices(PRIORITIES))
    .option("--timeout <seconds>", "limit of each attempt", positiveNumber)
    .option("--retries <n>", "further attempts when it fails (default: 3)", wholeNumberFromZero)
    .option("--session <id>", "run it in this session")
    .action(act(async () => (await load()).runTask));
  group
    .command("list")
    .description("tasks, newest first, of all processes")
    .addOption(new Option("--status <status>", "only those with a status").choices(STANDINGS))
    .option("--limit <n>", "at most this many (default: 20)", wholeNumber)
    .action(act(async () => (await load()).listTasks));
  group
    .command("show <task>")
    .description("one task: what it was given, what it gave, why it waits")
    .action(act(async () => (await load()).showTask));
  group
    .command("resume [task]")
    .description("go on with tasks whose process is gone; what their processes had goes on together")
    .action(act(async () => (await import("./commands/task-resume.ts")).resumeTasks));
  group
    .command("cancel <task>")
    .description("end it: it never starts, or is aborted")
    .action(act(async () => (await load()).cancelTask));
}
