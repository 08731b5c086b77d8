// One of argv[4] processes that open new stores in the folder argv[2] at the same instants: one in each of argv[3] rounds,
// as "argv[5]". Prints what opening was refused with, as JSON.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { toErrorResponse } from "../src/errors.ts";
import type { Store } from "../src/index.ts";
import { sqliteStore } from "../src/sqlite.ts";

const [, , folder = "", rounds = "0", processes = "1", name = ""] = process.argv;

/** Returns when all have come to this point; none is slower by more than a look at a folder. */
function meet(round: number): void {
  const gate = join(folder, `gate-${round}`);
  mkdirSync(gate, { recursive: true });
  writeFileSync(join(gate, name), "");
  while (readdirSync(gate).length < Number(processes));
  // Nobody can still be looking at the one before.
  if (round > 0) rmSync(join(folder, `gate-${round - 1}`), { recursive: true, force: true });
}

const refusals: unknown[] = [];
for (let round = 0; round < Number(rounds); round++) {
  let store: Store | null = null;
  meet(round);
  try {
    store = sqliteStore(join(folder, String(round), "state.db"), { durability: "normal" });
  } catch (error) {
    const { error_code, error: message } = toErrorResponse(error);
    refusals.push([round, error_code, message]);
  }
  try {
    store?.transact((tx) => tx.put(`by/${name}`, round));
  } catch (error) {
    // A commit may meet another one, which it says at once.
    const { error_code } = toErrorResponse(error);
    if (error_code !== "STORE_LOCKED") refusals.push([round, error_code]);
  }
  store?.close();
}
console.log(JSON.stringify(refusals));
