/** A shell whose completion is written. */
export type Shell = "bash" | "zsh" | "fish";

/** A place in the tree of commands. */
export interface CompletionNode {
  /** `""`, `/workflow`, `/workflow/list`. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly string[];
}

/** The script that completes commands and options of `orch` in a shell; says at its head how it is used. */
export function completionScript(shell: Shell, nodes: readonly CompletionNode[]): string {
  switch (shell) {
    case "bash":
      return bash(nodes);
    case "zsh":
      return zsh(nodes);
    case "fish":
      return fish(nodes);
  }
}

/** The command that the words before the cursor are for: options and arguments are passed over. */
const walk = (nodes: readonly CompletionNode[], words: string): string => `  local path="" word
  for word in ${words}; do
    case "$path/$word" in
      ${nodes.flatMap(({ path }) => (path === "" ? [] : [path])).join("|")}) path="$path/$word" ;;
    esac
  done
  local words_here=""
  case "$path" in
${nodes.map(({ path, commands, options }) => `    ${path === "" ? '""' : path}) words_here="${[...commands.map(({ name }) => name), ...options].join(" ")}" ;;`).join("\n")}
  esac`;

const bash = (
  nodes: readonly CompletionNode[],
): string => `# Completion of orch for bash. Use it: source <(orch completion bash)
_orch() {
  local current="\${COMP_WORDS[COMP_CWORD]}"
${walk(nodes, '"${COMP_WORDS[@]:1:COMP_CWORD-1}"')}
  COMPREPLY=($(compgen -W "$words_here" -- "$current"))
}
complete -o default -F _orch orch
`;

const zsh = (nodes: readonly CompletionNode[]): string => `#compdef orch
# Completion of orch for zsh. Use it: source <(orch completion zsh)
_orch() {
${walk(nodes, '"${words[@]:1:$((CURRENT-2))}"').replace('local path="" word', 'local path_here="" word').replaceAll("$path", "$path_here").replaceAll('path="$path_here/$word"', 'path_here="$path_here/$word"')}
  compadd -- \${=words_here}
  _files
}
compdef _orch orch
`;

const fish = (
  nodes: readonly CompletionNode[],
): string => `# Completion of orch for fish. Use it: orch completion fish | source
function __orch_at
  set -l here ""
  for word in (commandline -opc)[2..]
    if contains -- "$here/$word" ${nodes.flatMap(({ path }) => (path === "" ? [] : [path])).join(" ")}
      set here "$here/$word"
    end
  end
  test "$here" = "$argv[1]"
end
${nodes.flatMap(fishLines).join("\n")}
`;

const fishLines = ({ path, commands, options }: CompletionNode): string[] => [
  ...commands.map(
    ({ name, description }) =>
      `complete -c orch -n '__orch_at "${path}"' -a ${name} -d '${description.replaceAll(/['\\]/g, "\\$&")}'`,
  ),
  ...options.map((option) => `complete -c orch -n '__orch_at "${path}"' -l ${option.replace(/^--/, "")}`),
];
