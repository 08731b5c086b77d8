import type { CompletionNode } from "./completion-script.ts";

/** All places but the first. */
export const pathsIn = (nodes: readonly CompletionNode[]): string[] =>
  nodes.flatMap(({ path }) => (path === "" ? [] : [path]));

/** The options behind which a value stands, wherever they are taken. */
export function valueOptions(nodes: readonly CompletionNode[]): string[] {
  const all = nodes.flatMap(({ options }) => options);
  const alone = new Set(all.flatMap(({ name, values }) => (values === null ? [name] : [])));
  return [...new Set(all.map(({ name }) => name))].filter((name) => !alone.has(name));
}

/**
 * Walks in bash and zsh over the `words` before the cursor: then `here` is the command that they are for, and `before` the
 * option whose value is asked for, or empty.
 */
export const walk = (
  nodes: readonly CompletionNode[],
  words: string,
): string => `  local here="" before="" word
  for word in ${words}; do
    if [[ -n "$before" ]]; then before=""; continue; fi
    case "$word" in
      ${valueOptions(nodes).join("|")}) before="$word"; continue ;;
    esac
    case "$here/$word" in
      ${pathsIn(nodes).join("|")}) here="$here/$word" ;;
    esac
  done`;

/** The lines of a `case` over options and their values, where these are known: `action` makes one of the words. */
export const valueCases = (
  nodes: readonly CompletionNode[],
  action: (values: readonly string[]) => string,
): string =>
  nodes
    .flatMap(({ path, options }) =>
      options.flatMap(({ name, values }) =>
        values === null || values.length === 0 ? [] : [`      "${path} ${name}") ${action(values)} ;;`],
      ),
    )
    .join("\n");
