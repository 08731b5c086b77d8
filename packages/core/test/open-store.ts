// Opens the store argv[2] under the umask argv[3], writes a record and prints its code, or the modes of all its files.
import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { toErrorResponse } from "../src/errors.ts";
import { sqliteStore } from "../src/sqlite.ts";

const [, , path = "", umask = "022"] = process.argv;
process.umask(Number.parseInt(umask, 8));
const mode = (file: string): string => (statSync(file).mode & 0o777).toString(8);
try {
  const store = sqliteStore(path);
  store.transact((tx) => tx.put(`by/${process.pid}`, true));
  const files = readdirSync(dirname(path)).sort();
  const modes = files.map((file) => `${file} ${mode(join(dirname(path), file))}`);
  console.log(JSON.stringify([`directory ${mode(dirname(path))}`, ...modes]));
  store.close();
} catch (error) {
  const { error_code, error: message } = toErrorResponse(error);
  console.log(JSON.stringify([error_code, message]));
}
