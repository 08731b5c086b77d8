import { InvalidParametersError } from "@orch/core";
import { innerPath } from "./inner-path.ts";
import { OWN_FILES } from "./project-file.ts";

/** What is made in the directory of a new project; paths below it, in their shortest form. */
export interface Scaffold {
  readonly directories: readonly string[];
  /** Templates of texts by path. */
  readonly files: ReadonlyMap<string, string>;
  /** Directories that get documents. */
  readonly documented: readonly string[];
}

/** The parts of a template that say what is made. */
export interface ScaffoldSource {
  readonly directoryStructure: readonly string[];
  readonly templateFiles: Readonly<Record<string, string>>;
  readonly documentationConfig: { readonly nested_docs: readonly string[] };
}

/** What a project gets that has no template. */
export const PLAIN_SCAFFOLD: ScaffoldSource = {
  directoryStructure: ["src", "tests", "config", "docs"],
  templateFiles: {},
  documentationConfig: { nested_docs: ["src", "tests", "config", "docs"] },
};

/**
 * Plans what is made for a project; nothing is. Throws INVALID_PARAMETERS with all problems at once: paths that leave the
 * project, files that are two things at once or belong to the project itself.
 */
export function planScaffold(source: ScaffoldSource): Scaffold {
  const problems: { path: string; message: string }[] = [];
  const read = (place: string, given: string): string[] => {
    const path = innerPath(given);
    if (path.ok) return [path.value];
    problems.push({ path: place, message: `${path.error}, was ${JSON.stringify(given.slice(0, 60))}` });
    return [];
  };
  const directories = source.directoryStructure.flatMap((given, at) => {
    const place = `directory_structure.${at}`;
    return read(place, given).filter((path) => {
      if (!isOwn(path)) return true;
      problems.push({ path: place, message: "has the name of a file of the project itself" });
      return false;
    });
  });
  const documented = source.documentationConfig.nested_docs.flatMap((given, at) =>
    read(`documentation_config.nested_docs.${at}`, given),
  );
  const files = new Map<string, string>();
  for (const [given, content] of Object.entries(source.templateFiles)) {
    const place = `template_files.${given}`;
    for (const path of read(place, given)) {
      const problem = clashOf(path, files, directories);
      if (problem === null) files.set(path, content);
      else problems.push({ path: place, message: problem });
    }
  }
  if (problems.length === 0) return { directories: [...new Set(directories)], files, documented };
  const text = problems.map(({ path, message }) => `${path} ${message}`).join("; ");
  throw new InvalidParametersError(`Invalid template: ${text}`, { details: { problems } });
}

/** Whether a path is that of a file of the project itself, or would lie in one, also where case does not count. */
const isOwn = (path: string): boolean =>
  [...OWN_FILES].some((own) => `${path.toLowerCase()}/`.startsWith(`${own}/`));

function clashOf(
  path: string,
  files: ReadonlyMap<string, string>,
  directories: readonly string[],
): string | null {
  if (isOwn(path)) return "is a file of the project itself";
  if (files.has(path)) return "is there twice";
  if ([...directories, ...files.keys()].some((each) => each === path || each.startsWith(`${path}/`)))
    return "is a directory, too";
  return [...files.keys()].some((each) => path.startsWith(`${each}/`)) ? "lies in another file" : null;
}
