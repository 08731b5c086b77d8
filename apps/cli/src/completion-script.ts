import { bashScript } from "./completion-bash.ts";
import { fishScript } from "./completion-fish.ts";
import { zshScript } from "./completion-zsh.ts";

/** A shell whose completion is written. */
export type Shell = "bash" | "zsh" | "fish";

/** A word that can stand somewhere, and what it is for. */
export interface Described {
  readonly name: string;
  readonly description: string;
}

/** An option, with its dashes. */
export interface CompletionOption extends Described {
  /** What can follow it: these words; anything (none); null: it stands for itself. */
  readonly values: readonly string[] | null;
}

/** A place in the tree of commands. */
export interface CompletionNode {
  /** `""`, `/workflow`, `/workflow/list`. */
  readonly path: string;
  readonly commands: readonly Described[];
  readonly options: readonly CompletionOption[];
  /** What its arguments can be: these words; anything, such as a file (none); null: it takes none. */
  readonly values: readonly string[] | null;
}

/** The script that completes commands, options and their values of `orch` in a shell; says at its head how it is used. */
export function completionScript(shell: Shell, nodes: readonly CompletionNode[]): string {
  switch (shell) {
    case "bash":
      return bashScript(nodes);
    case "zsh":
      return zshScript(nodes);
    case "fish":
      return fishScript(nodes);
  }
}
