import type { Command } from "commander";
import { type CompletionNode, completionScript, type Shell } from "../completion-script.ts";
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
  const common = flagsOf(program);
  const visit = (command: Command, path: string): CompletionNode[] => [
    {
      path,
      commands: command.commands.map((each) => ({ name: each.name(), description: each.description() })),
      options: path === "" ? [...common, "--version", "--help"] : [...flagsOf(command), ...common, "--help"],
    },
    ...command.commands.flatMap((each) => visit(each, `${path}/${each.name()}`)),
  ];
  return visit(program, "");
}

const flagsOf = ({ options }: Command): string[] =>
  options.flatMap(({ long }) => (long === undefined || long === null || long === "--version" ? [] : [long]));
