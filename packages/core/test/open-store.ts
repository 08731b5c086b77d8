// Opens the store argv[2] under the umask argv[3], as the user argv[4] when given, writes a record and prints its code,
// or the modes of all its files.
import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { toErrorResponse } from "../src/errors.ts";
import { sqliteStore } from "../src/sqlite.ts";

const [, , path = "", umask = "022", user] = process.argv;
process.umask(Number.parseInt(umask, 8));
// Only here: that user may not be allowed to read the program itself.
if (user !== undefined) process.setuid?.(Number(user));
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
