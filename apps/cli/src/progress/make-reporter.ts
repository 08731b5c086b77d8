import type { GlobalOptions } from "../options.ts";
import type { Terminal } from "../terminal.ts";
import { jsonReporter } from "./json-reporter.ts";
import { lineReporter } from "./line-reporter.ts";
import { quietReporter } from "./quiet-reporter.ts";
import type { Reporter } from "./reporter.ts";

/** Who shows a run: events for programs, nothing, a tree for people who watch, or lines. */
export async function makeReporter({ json, quiet }: GlobalOptions, terminal: Terminal): Promise<Reporter> {
  if (json) return jsonReporter(terminal);
  if (quiet) return quietReporter(terminal);
  if (!terminal.interactive) return lineReporter(terminal);
  // The library for drawing in place is only loaded where it is used.
  const { treeReporter } = await import("./tree-reporter.ts");
  return treeReporter(terminal);
}
