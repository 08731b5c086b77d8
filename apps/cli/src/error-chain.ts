const LINK = /^(?:(Step .{1,200}? failed): )?Workflow '(.{1,200}?)' (?:failed|cancelled): /s;
/** Workflows that are named. */
const MOST_NAMED = 5;

/**
 * An error that came through workflows inside of workflows, with each of those named once and its cause said once:
 * `Step a failed, in workflows 'b' › 'c': Step d failed: why`. A text of any other kind is returned as it is.
 */
export function shortChain(text: string): string {
  const first = LINK.exec(text)?.[1];
  const workflows: string[] = [];
  let cause = text;
  for (let link = LINK.exec(cause); link; link = LINK.exec(cause)) {
    workflows.push(link[2] ?? "");
    cause = cause.slice(link[0].length);
  }
  if (workflows.length < 2) return text;
  const named = runsOf(workflows);
  const shown = named.slice(0, MOST_NAMED).join(" › ");
  return `${first === undefined ? "" : `${first}, `}in workflows ${shown}${named.length > MOST_NAMED ? " › …" : ""}: ${cause}`;
}

/** Equal neighbours as one, with their number. */
function runsOf(names: readonly string[]): string[] {
  const runs: { readonly name: string; many: number }[] = [];
  for (const name of names) {
    const last = runs.at(-1);
    if (last?.name === name) last.many += 1;
    else runs.push({ name, many: 1 });
  }
  return runs.map(({ name, many }) => `'${name}'${many > 1 ? ` (${many} times)` : ""}`);
}
