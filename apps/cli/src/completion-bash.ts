import type { CompletionNode } from "./completion-script.ts";
import { valueCases, walk } from "./completion-walk.ts";

/** What bash completes with. Runs in the bash 3.2 of macOS, too, which has no `compopt`. */
export const bashScript = (
  nodes: readonly CompletionNode[],
): string => `# Completion of orch for bash. Use it: source <(orch completion bash)
_orch() {
  local current="\${COMP_WORDS[COMP_CWORD]}" offered="" options=""
${walk(nodes, '"${COMP_WORDS[@]:1:COMP_CWORD-1}"')}
  if [[ -n "$before" ]]; then
    case "$here $before" in
${valueCases(nodes, (values) => `offered="${values.join(" ")}"`)}
    esac
  else
    case "$here" in
${nodes.map(placeCase).join("\n")}
    esac
    if [[ "$current" == -* ]]; then offered="$options"; fi
  fi
  COMPREPLY=($(compgen -W "$offered" -- "$current"))
}
complete -o default -F _orch orch
`;

function placeCase({ path, commands, options, values }: CompletionNode): string {
  const flags = options.map(({ name }) => name).join(" ");
  const words = [...commands.map(({ name }) => name), ...(values ?? [])];
  // What takes no argument has nothing but options.
  const offered = words.length === 0 && values === null ? flags : words.join(" ");
  const noFiles = offered === "" ? "" : "; compopt +o default 2>/dev/null";
  return `      ${path || '""'}) offered="${offered}"; options="${flags}"${noFiles} ;;`;
}
