import type { CompletionNode, CompletionOption } from "./completion-script.ts";
import { pathsIn, valueOptions } from "./completion-walk.ts";

/** What fish completes with. */
export const fishScript = (
  nodes: readonly CompletionNode[],
): string => `# Completion of orch for fish. Use it: orch completion fish | source
function __orch_at
  set -l here ""
  set -l before ""
  for word in (commandline -opc)[2..]
    if test -n "$before"
      set before ""
    else if contains -- $word ${valueOptions(nodes).join(" ")}
      set before $word
    else if contains -- "$here/$word" ${pathsIn(nodes).join(" ")}
      set here "$here/$word"
    end
  end
  test "$here" = "$argv[1]"
end
complete -c orch -f
${nodes.flatMap(linesOf).join("\n")}
`;

function linesOf({ path, commands, options, values }: CompletionNode): string[] {
  const at = `complete -c orch -n '__orch_at "${path}"'`;
  return [
    ...commands.map(({ name, description }) => `${at} -a ${name} -d ${quoted(description)}`),
    ...(values ?? []).map((value) => `${at} -a ${value}`),
    ...(values?.length === 0 ? [`${at} -F`] : []),
    ...options.map((option) => `${at} ${optionText(option)}`),
  ];
}

function optionText({ name, description, values }: CompletionOption): string {
  const text = `-l ${name.replace(/^--/, "")} -d ${quoted(description)}`;
  if (values === null) return text;
  return values.length === 0 ? `${text} -r -F` : `${text} -x -a ${quoted(values.join(" "))}`;
}

const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
