import { resolve } from "node:path";

/** The variables that may name the base directory; the first one that is set and not empty counts. */
const VARIABLES = ["ORCH_DIR", "CODOMYRMEX_ORCHESTRATION_DIR"] as const;

/** The absolute path of the directory that all data lies under: as given, else `ORCH_DIR`, else the current one. */
export function baseDirectory(
  given?: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const name = VARIABLES.find((each) => env[each]);
  return resolve(given ?? (name && env[name]) ?? ".");
}
