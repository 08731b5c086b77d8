import { type Command, Option } from "commander";
import type { Act } from "./program.ts";
import { MODES, many, positiveNumber, wholeNumber } from "./run-arguments.ts";

/** What can be done with sessions. */
export function addSessions(program: Command, act: Act): void {
  const group = program.command("session").description("scopes for runs and tasks: limits, mode, resources");
  const load = () => import("./commands/session.ts");
  group
    .command("create")
    .description("make a session; it stays until it is closed")
    .option("--user <user>", "for whom (default: system)")
    .option("--name <name>", "what it is called")
    .option("--description <text>", "what it is about")
    .addOption(new Option("--mode <mode>", "order of what runs in it").choices(MODES))
    .option("--max-tasks <n>", "tasks and steps at once, in all processes (default: 4)", wholeNumber)
    .option("--max-workflows <n>", "workflows at once (default: 2)", wholeNumber)
    .option("--timeout <seconds>", "from its first work on; then it is cancelled", positiveNumber)
    .addOption(many("--require <resource=amount>", "what it holds while it lasts, such as cpu=2"))
    .addOption(many("--set <key=value>", "a setting that actions see"))
    .action(act(async () => (await load()).createSession));
  group
    .command("list")
    .description("open sessions, oldest first")
    .option("--all", "also those that were closed in the last 30 days")
    .action(act(async () => (await load()).listSessions));
  group
    .command("show <session>")
    .description("one session, and what was done in it")
    .action(act(async () => (await load()).showSession));
  group
    .command("close <session>")
    .description("end it: what runs in it is aborted, what it holds is given back")
    .option("--cancel", "as cancelled, not as completed")
    .action(act(async () => (await load()).closeSession));
}

/** How it is, and figures. */
export function addHealth(program: Command, act: Act): void {
  const load = () => import("./commands/health.ts");
  program
    .command("health")
    .description("how the parts are, and what is wrong")
    .action(act(async () => (await load()).showHealth));
  program
    .command("metrics")
    .description("figures: sessions, workflows, tasks, projects, resources")
    .action(act(async () => (await load()).showMetrics));
}
