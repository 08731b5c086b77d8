import type { CompletionNode, Described } from "./completion-script.ts";
import { valueCases, walk } from "./completion-walk.ts";

/** What zsh completes with: sourced, or as the file `_orch` in a folder of `fpath`. */
export const zshScript = (nodes: readonly CompletionNode[]): string => `#compdef orch
# Completion of orch for zsh. Use it: source <(orch completion zsh)
_orch() {
  local -a offered options
  local files=""
${walk(nodes, '"${(@)words[2,CURRENT-1]}"')}
  if [[ -n "$before" ]]; then
    case "$here $before" in
${valueCases(nodes, (values) => `compadd -- ${values.join(" ")}; return`)}
    esac
    _files
    return
  fi
  case "$here" in
${nodes.map(placeCase).join("\n")}
  esac
  if [[ "$PREFIX" == -* || ( -z "$files" && \${#offered} -eq 0 ) ]]; then
    _describe option options
    return
  fi
  if (( \${#offered} )); then _describe command offered; fi
  if [[ -n "$files" ]]; then _files; fi
}
if [[ "\${funcstack[1]}" == _orch ]]; then
  _orch "$@"
else
  (( \${+functions[compdef]} )) || { autoload -Uz compinit && compinit; }
  compdef _orch orch
fi
`;

function placeCase({ path, commands, options, values }: CompletionNode): string {
  const words = [...commands, ...(values ?? []).map((name) => ({ name, description: "" }))];
  const files = values?.length === 0 ? " files=1" : "";
  return `    ${path || '""'}) offered=(${list(words)}); options=(${list(options)});${files} ;;`;
}

const list = (words: readonly Described[]): string =>
  words
    .map(({ name, description }) => quoted(description === "" ? name : `${name}:${description}`))
    .join(" ");

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
