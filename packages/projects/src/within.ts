import { realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";

/** Whether `path` is `root` or lies below it, as the texts say: both absolute. */
function isBelow(path: string, root: string): boolean {
  const way = relative(root, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Whether `path` lies in `root`, or is it, wherever links lead; neither need exist. */
export const isWithin = (path: string, root: string): boolean => isBelow(realPath(path), realPath(root));

/** Where a path leads: links followed as far as it exists. */
function realPath(path: string): string {
  const missing: string[] = [];
  for (let at = resolve(path); ; at = dirname(at)) {
    try {
      return join(realpathSync(at), ...missing);
    } catch {
      if (dirname(at) === at) return resolve(path);
      missing.unshift(basename(at));
    }
  }
}
