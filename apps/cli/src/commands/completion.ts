import type { Command } from "commander";
import {
  type CompletionNode,
  type CompletionOption,
  completionScript,
  type Shell,
} from "../completion-script.ts";
import type { GlobalOptions } from "../options.ts";
import { tellResult } from "../tell-result.ts";
import type { Terminal } from "../terminal.ts";

/** Prints the script that completes the commands of a program in a shell. */
export const printCompletion =
  (program: Command) =>
  async (shell: Shell, options: GlobalOptions, terminal: Terminal): Promise<number> => {
    const script = completionScript(shell, nodesOf(program));
    return tellResult({ shell, script }, script.trimEnd(), options, terminal);
  };

function nodesOf(program: Command): CompletionNode[] {
  const common = optionsOf(program);
  const visit = (command: Command, path: string): CompletionNode[] => [
    {
      path,
      commands: command.commands.map((each) => ({ name: each.name(), description: each.description() })),
      options: [
        ...(path === "" ? [] : optionsOf(command)),
        ...common,
        HELP,
        ...(path === "" ? [VERSION] : []),
      ],
      values: valuesOf(command),
    },
    ...command.commands.flatMap((each) => visit(each, `${path}/${each.name()}`)),
  ];
  return visit(program, "");
}

const HELP = { name: "--help", description: "what it is for and takes", values: null };
const VERSION = { name: "--version", description: "the version of the program", values: null };

const optionsOf = ({ options }: Command): CompletionOption[] =>
  options.flatMap(({ long, description, argChoices = [], required, optional }) =>
    long === undefined || long === null || long === VERSION.name
      ? []
      : [{ name: long, description, values: required || optional ? argChoices : null }],
  );

/** What can stand behind a command: only the first argument is looked at. */
function valuesOf({ registeredArguments: [first] }: Command): readonly string[] | null {
  return first === undefined ? null : (first.argChoices ?? []);
}
