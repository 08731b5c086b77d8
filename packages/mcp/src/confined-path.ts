import { realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { PermissionDeniedError } from "@orch/core";

/** Below a base directory: what no caller may write to. */
const PROTECTED = [".workflows", join("config", "modules"), join("config", "workflows")];

/**
 * An absolute path that lies inside of `root`, wherever links lead, and not in what orch itself reads there. Throws
 * PERMISSION_DENIED. Nothing of it need exist.
 */
export function confinedPath(given: string, root: string): string {
  const asked = resolve(root, given);
  const [real, home] = [realPathOf(asked), realPathOf(resolve(root))];
  const isBelow = real !== home && isInside(real, home);
  const isProtected = PROTECTED.some((each) => isInside(real, join(home, each)));
  if (isBelow && !isProtected && !given.includes("\0")) return asked;
  throw new PermissionDeniedError(
    isProtected && isBelow
      ? "The path belongs to the engine itself"
      : "The path does not lie inside of the directory that projects may be made in",
    { suggestions: ["Leave path out, or give one relative to that directory."] },
  );
}

function isInside(path: string, directory: string): boolean {
  const way = relative(directory, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/** Where a path leads: links of what exists of it are followed. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPathOf(parent), basename(path));
  }
}
