import { needText } from "./argument.ts";

/**
 * Makes the directory `path` and those above it that do not exist, with `mode` (less the umask). One that exists is left as
 * it is. Throws the error of the system where none can be made. (Node's own `recursive` never returns where a directory
 * exists in which none can be made, as in /proc.)
 */
export function makeDirectory(path: string, options: { readonly mode?: number } = {}): void {
  // Not imported, since the root of the package runs elsewhere than in Node, too.
  const { mkdirSync, statSync } = process.getBuiltinModule("node:fs");
  const { dirname, resolve } = process.getBuiltinModule("node:path");
  const found = (at: string) => statSync(at, { throwIfNoEntry: false });
  const missing: string[] = [];
  let each = resolve(needText("path", path));
  // A drive that is not there has nothing above it.
  for (; !found(each) && dirname(each) !== each; each = dirname(each)) missing.push(each);
  // A file in the way: with the error that says so.
  if (found(each)?.isDirectory() !== true) missing.push(each);
  const { mode = 0o777 } = options;
  for (const directory of missing.reverse()) {
    try {
      mkdirSync(directory, { mode });
    } catch (error) {
      // Another process was faster.
      if (found(directory)?.isDirectory() !== true) throw error;
    }
  }
}
