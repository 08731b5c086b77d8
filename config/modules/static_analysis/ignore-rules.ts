import { dirname, join, relative, sep } from "node:path";
import ignore, { type Ignore } from "ignore";
import { readSource } from "./read-source.ts";

const MOST_BYTES = 262_144;

/** Directories that are never looked into: version control, what tools generate, and what they download. */
export const DEFAULT_IGNORED: ReadonlySet<string> = new Set(
  [
    ".git .hg .svn node_modules bower_components vendor .venv venv __pycache__ site-packages",
    "dist build out target coverage .nyc_output .next .nuxt .svelte-kit .output .turbo",
    ".cache .parcel-cache .gradle .mypy_cache .pytest_cache .ruff_cache .tox .idea .workflows",
  ].flatMap((names) => names.split(" ")),
);

/** The rules of one .gitignore file and of those above it. Paths are absolute; a directory's ends with a slash. */
export interface IgnoreScope {
  /** The directory of the file. */
  readonly directory: string;
  readonly rules: Ignore;
  readonly parent: IgnoreScope | null;
}

/** Rules from patterns in the syntax of .gitignore; null without any. */
export function rulesOf(patterns: readonly string[]): Ignore | null {
  return patterns.length === 0 ? null : ignore({ ignorecase: false }).add(patterns);
}

/**
 * `scope`, narrowed by the .gitignore file of `directory` where there is one that can be read: as in git no link, and
 * no more than 256 KiB. The directory itself is not ignored.
 */
export function enterDirectory(directory: string, scope: IgnoreScope | null): IgnoreScope | null {
  const parent = letIn(directory, scope);
  const source = readSource(join(directory, ".gitignore"), MOST_BYTES);
  if (!source.ok) return parent;
  return { directory, rules: ignore({ ignorecase: false }).add(source.text), parent };
}

/**
 * The rules as they hold in `directory`: one that ignores it, and was overruled by a file further in, says nothing of what
 * lies in it, unless it matches that as well.
 */
function letIn(directory: string, scope: IgnoreScope | null): IgnoreScope | null {
  if (scope === null) return null;
  const parent = letIn(directory, scope.parent);
  const inside = insideOf(scope, directory);
  // The directory of the file is never asked about by the file.
  if (inside === "" || !scope.rules.test(`${inside}/`).ignored)
    return parent === scope.parent ? scope : { ...scope, parent };
  const rules = ignore({ ignorecase: false })
    .add(scope.rules)
    .add(`!/${literal(inside)}`);
  return { ...scope, rules, parent };
}

/** A path as a pattern that matches nothing else. */
const literal = (path: string): string => path.replace(/[\\*?[\]!# ]/g, "\\$&");

const insideOf = ({ directory }: IgnoreScope, path: string): string =>
  relative(directory, path).split(sep).join("/");

/**
 * The rules from above `root` that hold in it: those between the top of its repository and itself. None outside of a
 * repository, and none where they ignore `root` itself: who names such a directory wants to see what is in it.
 */
export function scopeAbove(root: string, isRepository: (directory: string) => boolean): IgnoreScope | null {
  const above: string[] = [];
  let directory = root;
  while (!isRepository(directory)) {
    const parent = dirname(directory);
    if (parent === directory) return null;
    above.push(parent);
    directory = parent;
  }
  let scope: IgnoreScope | null = null;
  for (const each of above.reverse()) {
    if (isIgnored(each, true, scope)) return null;
    scope = enterDirectory(each, scope);
  }
  return isIgnored(root, true, scope) ? null : scope;
}

/** Whether the rules ignore `path`. The innermost file that says anything decides, as in git. */
export function isIgnored(path: string, isDirectory: boolean, scope: IgnoreScope | null): boolean {
  for (let at = scope; at; at = at.parent) {
    const inside = insideOf(at, path);
    const { ignored, unignored } = at.rules.test(isDirectory ? `${inside}/` : inside);
    if (ignored) return true;
    if (unignored) return false;
  }
  return false;
}
