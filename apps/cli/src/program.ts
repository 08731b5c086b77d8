import { Command, Option } from "commander";
import { addCare } from "./care-commands.ts";
import { nameWithPlace } from "./command-text.ts";
import { addDocuments } from "./document-commands.ts";
import type { GlobalOptions } from "./options.ts";
import { addProjects, addTemplates } from "./project-commands.ts";
import { addResources } from "./resource-commands.ts";
import { runOptions, wholeNumber, wholeNumberFromZero } from "./run-arguments.ts";
import { addHealth, addSessions } from "./session-commands.ts";
import { addModules, addTasks } from "./task-commands.ts";
import type { Terminal } from "./terminal.ts";

type Action<Arguments extends unknown[]> = (...args: [...Arguments, never, Terminal]) => Promise<number>;

/** Makes the handler of a command from what loads its code. */
export type Act = <Arguments extends unknown[]>(
  load: () => Promise<Action<Arguments>>,
) => (...given: unknown[]) => Promise<void>;

/**
 * The command line. Only its shape is here: what a command does is loaded when it is called, so that `--help` and
 * `--version` load nothing else; `json` is how these two are told, wherever it stands. What is wrong with the arguments is thrown, and not shown.
 */
export function makeProgram(
  { version, json }: { readonly version: string; readonly json: boolean },
  terminal: Terminal,
  done: (exitCode: number) => void,
): Command {
  const program = new Command("orch");
  const say = (text: string) => {
    terminal.out(json ? JSON.stringify({ type: "result", success: true, text }) : text);
  };
  program
    .description("Local-first orchestration: run workflows that survive a crash")
    .version(version)
    .option("--json", "one JSON object a line on standard output")
    .option("--base-dir <dir>", "base of all data (default: ORCH_DIR, else the current directory)")
    .option("--config <file>", "configuration file")
    .option("--quiet", "no progress, only the outcome")
    .option("--debug", "stack traces and the log")
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })
    .hook("preAction", (_, command) => nameWithPlace(command.optsWithGlobals<GlobalOptions>()))
    .configureOutput({
      writeOut: (text) => say(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
      outputError: () => {},
    });

  const act: Act =
    (load) =>
    async (...given) => {
      const command = given.pop() as Command;
      given.pop();
      const action = await load();
      const args = [...given, command.optsWithGlobals(), terminal];
      done(await action(...(args as unknown as Parameters<typeof action>)));
    };
  addRunning(program, act);
  addWorkflows(program, act);
  addExecutions(program, act);
  addProjects(program, act);
  addTemplates(program, act);
  addModules(program, act);
  addTasks(program, act);
  addSessions(program, act);
  addResources(program, act);
  addDocuments(program, act);
  addHealth(program, act);
  addCare(program, act);
  for (const command of commandsIn(program)) command.exitOverride();
  return program;
}

function addRunning(program: Command, act: Act): void {
  runOptions(program.command("run <workflow>").description("run a workflow, by name or from a file"))
    .option("--session <id>", "run it in this session")
    .action(act(async () => (await import("./commands/run.ts")).run));
  program
    .command("resume <execution>")
    .description("go on with an execution that was interrupted, paused, failed or cancelled")
    .option("--from <step>", "run this step again and all that depends on it")
    .option("--edited", "with the workflow as it is defined now")
    .option("--plan", "show what would run again and why, and run nothing")
    .action(act(async () => (await import("./commands/resume.ts")).resume));
  program
    .command("cancel <execution>")
    .description("end an execution: nothing new starts, what runs is aborted")
    .action(act(async () => (await import("./commands/execution-request.ts")).cancelExecution));
  program
    .command("why <execution>")
    .description("why its steps have not ended; of one step: <execution>/<step>")
    .action(act(async () => (await import("./commands/why.ts")).why));
  program
    .command("logs <execution>")
    .description("what its steps have logged; of one step: <execution>/<step>")
    .option("--attempt <n>", "only this attempt", wholeNumber)
    .addOption(
      new Option("--level <level>", "this level and more important ones (default: info)").choices([
        "debug",
        "info",
        "warn",
        "error",
      ]),
    )
    .option("--after <n>", "only behind this sequence number", wholeNumber)
    .option("--follow", "go on until it has ended")
    .action(act(async () => (await import("./commands/logs.ts")).showLogs));
  program
    .command("mcp")
    .description("serve an agent over standard input and output (MCP), or many over HTTP, as orch-mcp does")
    .option("--policy-level <level>", "what it may do: read, run, author or full (default: read)")
    .option("--policy <file>", "policy file (default: orch/mcp-policy.json in your configuration folder)")
    .option("--http", "listen for clients; they need the token that standard error names a file for")
    .option("--port <n>", "where to listen (default: 7410; 0: a free one)", wholeNumberFromZero)
    .option("--host <address>", "on which address of this machine (default: 127.0.0.1 and ::1)")
    .option("--allow-remote", "let --host be an address that other machines reach")
    .option("--token-file <file>", "tokens, one a line (default: ORCH_MCP_TOKEN, else one that is made)")
    .action(act(async () => (await import("./commands/mcp.ts")).serveAgent));
  program
    .command("status")
    .description("what is defined, what runs, what is wrong")
    .action(act(async () => (await import("./commands/status.ts")).showStatus));
}

function addWorkflows(program: Command, act: Act): void {
  const group = program.command("workflow").description("look at workflows, create and delete them");
  const load = () => import("./commands/workflow.ts");
  group
    .command("list")
    .description("all that can be run by name")
    .action(act(async () => (await load()).listWorkflows));
  group
    .command("show <workflow>")
    .description("parameters and steps")
    .action(act(async () => (await load()).showWorkflow));
  group
    .command("validate <workflow>")
    .description("check a definition without running it")
    .option("--load", "load the modules, and check parameters against their actions")
    .action(act(async () => (await import("./commands/validate.ts")).validateWorkflow));
  group
    .command("create <name>")
    .description("write a commented definition to begin with; overwrites nothing")
    .option("--template <workflow>", "copy one that comes with the program, such as ai-analysis")
    .action(act(async () => (await import("./commands/create.ts")).createWorkflow));
  group
    .command("schema")
    .description("print the JSON Schema of workflow files, for editors")
    .action(act(async () => (await load()).printSchema));
  group
    .command("graph <workflow>")
    .description("print it as a graph, with the steps of the workflows that it runs")
    .addOption(graphFormat())
    .addOption(graphDirection())
    .action(act(async () => (await import("./commands/graph.ts")).graphWorkflow));
  group
    .command("delete <workflow>")
    .description("delete its file; its executions stay")
    .action(act(async () => (await import("./commands/delete.ts")).deleteWorkflow));
}

function addExecutions(program: Command, act: Act): void {
  const group = program.command("execution").description("look at executions, and delete them");
  const load = () => import("./commands/execution.ts");
  const statuses = [
    "pending",
    "running",
    "completed",
    "failed",
    "cancelled",
    "interrupted",
    "paused",
    "set_aside",
  ];
  group
    .command("list")
    .description("executions, newest first")
    .option("--workflow <name>", "only those of a workflow")
    .addOption(new Option("--status <status>", "only those with a status").choices(statuses))
    .option("--limit <n>", "at most this many (default: 20)", wholeNumber)
    .action(act(async () => (await load()).listExecutions));
  group
    .command("show <execution>")
    .description("one execution with its steps")
    .action(act(async () => (await import("./commands/execution-show.ts")).showExecution));
  group
    .command("graph <execution>")
    .description("print it as a graph: how each step stands, also of the workflows that it runs")
    .addOption(graphFormat())
    .addOption(graphDirection())
    .action(act(async () => (await import("./commands/graph.ts")).graphExecution));
  group
    .command("gantt <execution>")
    .description("when its steps ran, as bars")
    .action(act(async () => (await import("./commands/execution-gantt.ts")).ganttExecution));
  group
    .command("delete <execution>")
    .description("delete one that has ended, with all that is stored of it")
    .action(act(async () => (await import("./commands/delete.ts")).deleteExecution));
  addRequests(group, act);
}

/** What can be asked of an execution that runs, in whatever process. */
function addRequests(group: Command, act: Act): void {
  const load = () => import("./commands/execution-request.ts");
  group
    .command("cancel <execution>")
    .description("end it: nothing new starts, what runs is aborted")
    .action(act(async () => (await load()).cancelExecution));
  group
    .command("pause <execution>")
    .description("start nothing new until it is resumed")
    .action(act(async () => (await load()).pauseExecution));
  group
    .command("answer <execution> <step> <answer>")
    .description("answer a step that waits: true or false for an approval, else JSON, or a text")
    .action(act(async () => (await load()).answerExecution));
  group
    .command("events <execution>")
    .description("what happened, in order")
    .option("--after <n>", "only behind this sequence number", wholeNumber)
    .option("--follow", "go on until it has ended")
    .action(act(async () => (await import("./commands/execution-events.ts")).showEvents));
}

function commandsIn(command: Command): Command[] {
  return [command, ...command.commands.flatMap(commandsIn)];
}

const graphFormat = (): Option =>
  new Option("--format <format>", "how it is written").choices(["mermaid", "dot", "json"]).default("mermaid");

const graphDirection = (): Option =>
  new Option("--direction <direction>", "where the arrows lead: top down, left to right …")
    .choices(["TD", "BT", "LR", "RL"])
    .default("TD");
