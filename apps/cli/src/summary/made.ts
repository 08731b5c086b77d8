import { isObject } from "@orch/core";
import { count } from "../count.ts";

/** Something that a step has made, for the summary of its run. */
interface Made {
  readonly label: string;
  readonly text: string;
}

/** Outputs that name a file or a directory, each with its label. */
const PATHS: Readonly<Record<string, string>> = {
  svg_path: "Chart",
  artifact_path: "Artifact",
  data_path: "Data",
  release_path: "Release",
  current_path: "Current",
};

/**
 * What the outputs of a run say was made, in the order of the steps: files, by the usual names of outputs (`report_html`,
 * `svg_path` …), and how tests went. What stands twice is said once.
 */
export function madeBy(outputs: Readonly<Record<string, unknown>>): Made[] {
  const seen = new Set<string>();
  return Object.values(outputs)
    .flatMap((output) => (isObject(output) ? [...filesIn(output), ...testsIn(output)] : []))
    .filter(({ label, text }) => {
      const isNew = !seen.has(`${label} ${text}`);
      seen.add(`${label} ${text}`);
      return isNew;
    });
}

function filesIn(output: Readonly<Record<string, unknown>>): Made[] {
  return Object.entries(output).flatMap(([key, value]) => {
    if (typeof value !== "string" || value === "") return [];
    const kind = /^report_([a-z]+)$/.exec(key)?.[1];
    if (kind !== undefined) return [{ label: `Report (${kind})`, text: value }];
    const label = Object.hasOwn(PATHS, key) ? PATHS[key] : undefined;
    return label === undefined ? [] : [{ label, text: value }];
  });
}

/** The tests of an output that says who ran them, and whether they passed. */
function testsIn({ runner, passed, total, failures, skipped }: Readonly<Record<string, unknown>>): Made[] {
  if (typeof runner !== "string" || typeof passed !== "boolean") return [];
  if (runner === "none") return [{ label: "Tests", text: "none were found: nothing was tested" }];
  if (typeof total !== "number") return [{ label: "Tests", text: passed ? "passed" : "failed" }];
  const parts = [
    count(total, "test"),
    ...[[failures, "failed"] as const, [skipped, "skipped"] as const].flatMap(([number, word]) =>
      typeof number === "number" && number > 0 ? [`${number} ${word}`] : [],
    ),
  ];
  return [{ label: "Tests", text: parts.join(", ") }];
}
