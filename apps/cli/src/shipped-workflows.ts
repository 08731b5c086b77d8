import { readdirSync, realpathSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, extname, join } from "node:path";

/** Where the workflows lie that come with the program: beside its package, bundled or not. */
const SHIPPED = join(findPackageJSON(import.meta.url) ?? "", "../../../config/workflows/production");

/** Whether a file is one of the workflows that come with the program. */
export function isShipped(file: string): boolean {
  try {
    return realpathSync(dirname(file)) === realpathSync(SHIPPED);
  } catch {
    // Nothing is shipped with this installation.
    return false;
  }
}

/** The files of the workflows that come with the program, by name; none where nothing is shipped with this installation. */
export function shippedWorkflows(): ReadonlyMap<string, string> {
  try {
    const files = readdirSync(SHIPPED).filter((name) => extname(name) === ".json");
    return new Map(files.sort().map((name) => [name.slice(0, -".json".length), join(SHIPPED, name)]));
  } catch {
    return new Map();
  }
}
