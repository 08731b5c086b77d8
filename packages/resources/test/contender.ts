// One of several processes that share a resource: takes and gives back, and leaves a trace that others can judge by.
import { closeSync, openSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate, setTimeout } from "node:timers/promises";
import { sqliteStore } from "@orch/core/sqlite";
import { ResourceManager } from "../src/resource-manager.ts";

const [folder = "", name = "", rounds = "0", capacity = "1", processes = "1"] = process.argv.slice(2);
const store = sqliteStore(join(folder, "state.db"), { durability: "normal" });
const manager = new ResourceManager({ baseDir: folder, defaultResources: false, store });
manager.registerResource("shared", "custom", Number(capacity));

/** A file per unit, made only if it is not there: taking a unit that somebody else holds fails. */
function takeUnit(): string | null {
  for (let unit = 0; unit < Number(capacity); unit++) {
    const path = join(folder, `unit-${unit}`);
    try {
      closeSync(openSync(path, "wx"));
      return path;
    } catch {
      // Held by another: the next one.
    }
  }
  return null;
}

// All begin together, so that they meet.
writeFileSync(join(folder, `ready-${name}`), "");
const ready = () => readdirSync(folder).filter((file) => file.startsWith("ready-")).length;
while (ready() < Number(processes)) await setImmediate();

let violations = 0;
let waits = 0;
for (let round = 0; round < Number(rounds); round++) {
  const asked = performance.now();
  const allocation = await manager.acquire("shared", name, 1, { waitTimeoutMs: 60_000 });
  // Far above what a grant takes that need not wait for another process to give back.
  if (performance.now() - asked > 8) waits++;
  const unit = allocation === null ? null : takeUnit();
  if (allocation === null || unit === null) violations++;
  await setTimeout(4);
  if (unit !== null) rmSync(unit);
  if (allocation !== null && !manager.release(allocation.id)) violations++;
}
manager.close();
store.close();
console.log(JSON.stringify({ violations, waits }));
