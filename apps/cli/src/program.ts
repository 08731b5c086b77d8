import { Command, InvalidArgumentError, Option } from "commander";
import type { Terminal } from "./terminal.ts";

type Action<Arguments extends unknown[]> = (...args: [...Arguments, never, Terminal]) => Promise<number>;

/**
 * The command line. Only its shape is here: what a command does is loaded when it is called, so that `--help` and
 * `--version` load nothing else.
 */
export function makeProgram(version: string, terminal: Terminal, done: (exitCode: number) => void): Command {
  const program = new Command("orch")
    .description("Local-first orchestration: run workflows that survive a crash")
    .version(version)
    .option("--json", "one JSON object a line on standard output")
    .option("--base-dir <dir>", "base of all data (default: ORCH_DIR, else the current directory)")
    .option("--config <file>", "configuration file")
    .option("--quiet", "no progress, only the outcome")
    .option("--debug", "stack traces and the log")
    .showSuggestionAfterError()
    .configureOutput({ writeOut: (text) => terminal.out(text.trimEnd()), writeErr: (text) => terminal.err(text.trimEnd()) });

  /** Runs a command with its arguments and all options. */
  const act =
    <Arguments extends unknown[]>(load: () => Promise<Action<Arguments>>) =>
    async (...given: unknown[]): Promise<void> => {
      const command = given.pop() as Command;
      given.pop();
      const action = await load();
      done(await action(...([...given, command.optsWithGlobals(), terminal] as unknown as Parameters<typeof action>)));
    };

  program
    .command("run <workflow>")
    .description("run a workflow, by name or from a file")
    .option("-p, --param <key=value>", "a parameter; may be repeated", (text: string, before: string[]) => [...before, text], [] as string[])
    .option("--params-file <file>", "parameters from a JSON file, - for standard input")
    .addOption(new Option("--mode <mode>", "order of steps").choices(["sequential", "parallel", "priority", "resource_aware"]))
    .option("--max-parallel <n>", "steps that run at once", wholeNumber)
    .option("--timeout <seconds>", "limit of the whole run", positiveNumber)
    .option("--dry-run", "show what would run")
    .action(act(async () => (await import("./commands/run.ts")).run));
  program
    .command("resume <execution>")
    .description("go on with an execution that was interrupted, failed or cancelled")
    .action(act(async () => (await import("./commands/resume.ts")).resume));
  program
    .command("status")
    .description("what is defined, what runs, what is wrong")
    .action(act(async () => (await import("./commands/status.ts")).showStatus));

  const workflow = program.command("workflow").description("look at workflows");
  const workflows = () => import("./commands/workflow.ts");
  workflow.command("list").description("all that can be run by name").action(act(async () => (await workflows()).listWorkflows));
  workflow.command("show <workflow>").description("parameters and steps").action(act(async () => (await workflows()).showWorkflow));
  workflow.command("validate <workflow>").description("check a definition without running it").action(act(async () => (await workflows()).validateWorkflow));
  workflow.command("graph <workflow>").description("print it as a Mermaid diagram").action(act(async () => (await workflows()).graphWorkflow));

  const execution = program.command("execution").description("look at executions");
  const executions = () => import("./commands/execution.ts");
  execution
    .command("list")
    .description("executions, newest first")
    .option("--workflow <name>", "only those of a workflow")
    .addOption(new Option("--status <status>", "only those with a status").choices(["pending", "running", "completed", "failed", "cancelled"]))
    .option("--limit <n>", "at most this many", wholeNumber)
    .action(act(async () => (await executions()).listExecutions));
  execution.command("show <execution>").description("one execution with its steps").action(act(async () => (await executions()).showExecution));

  for (const command of commandsIn(program)) command.exitOverride();
  return program;
}

function commandsIn(command: Command): Command[] {
  return [command, ...command.commands.flatMap(commandsIn)];
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("It must be a whole number of at least 1.");
  return value;
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError("It must be a number above 0.");
  return value;
}
