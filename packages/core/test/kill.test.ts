import { join } from "node:path";
import { expect, it } from "vitest";
import { seededRandom } from "../src/seeded-random.ts";
import { sqliteStore } from "../src/sqlite.ts";
import { sandbox, start } from "./sandbox.ts";

const folder = sandbox();
const WRITER = new URL("./write-until-killed.ts", import.meta.url);
const ROUNDS = 24;
const SEED = 20_260_101;

/** Where the writer was when the kill reached it, by the last thing that it said. */
interface Killed {
  readonly begun: number;
  readonly done: number;
  readonly last: "opening" | "begin" | "done";
}

/** Runs the writer and kills it (SIGKILL) when it has said `lines` lines; what it says on the way to its death counts too. */
async function killAfter(lines: number, path: string, durability: string): Promise<Killed> {
  const { child, closed } = start(WRITER, [path, durability]);
  let output = "";
  child.stdout.on("data", (text: string) => {
    output += text;
    if (output.split("\n").length > lines) child.kill("SIGKILL");
  });
  expect(await closed).toEqual({ code: null, signal: "SIGKILL" });
  // A line that was cut off was not said.
  const said = output.split("\n").slice(0, -1);
  const numbers = (word: string) =>
    said.filter((line) => line.startsWith(word)).map((line) => Number(line.slice(word.length)));
  return {
    begun: numbers("begin ").at(-1) ?? 0,
    done: numbers("done ").at(-1) ?? 0,
    last: (said.at(-1)?.split(" ")[0] ?? "opening") as Killed["last"],
  };
}

/** How many transactions are in the file; each must be there whole. */
function countWhole(path: string): number {
  const store = sqliteStore(path);
  try {
    const total = Number(store.get("total/all") ?? 0);
    const wanted = Array.from({ length: total }, (_, index) =>
      ["a", "b", "c"].map((part) => `log/${String(index + 1).padStart(8, "0")}-${part}`),
    );
    expect(store.list("log/").map(([key]) => key)).toEqual(wanted.flat());
    return total;
  } finally {
    store.close();
  }
}

it("loses no acknowledged transaction and keeps none by halves when the process is killed at any moment", async () => {
  const random = seededRandom(SEED);
  const seen = { opening: 0, begin: 0, done: 0, unacknowledged: 0, acknowledged: 0 };
  let path = "";
  let before = 0;
  for (let round = 0; round < ROUNDS; round++) {
    // A new file now and then, and the first kill as soon as its making begins.
    const isNew = round % 4 === 0;
    if (isNew) path = join(folder(), "state", "state.db");
    if (isNew) before = 0;
    const lines = isNew ? 1 : 1 + Math.floor(random() * 120);
    const { begun, done, last } = await killAfter(lines, path, round % 2 ? "normal" : "full");
    const total = countWhole(path);
    expect(total, `seed ${SEED}, round ${round}`).toBeGreaterThanOrEqual(Math.max(before, done));
    expect(total).toBeLessThanOrEqual(Math.max(before, begun));
    seen[last]++;
    seen.acknowledged += Math.max(0, done - before);
    if (total > Math.max(before, done)) seen.unacknowledged++;
    before = total;
  }
  // Otherwise the kills proved nothing: they must fall into opening and into transactions, and after real work.
  expect(seen.opening + seen.begin + seen.done).toBe(ROUNDS);
  expect(seen.opening).toBeGreaterThan(0);
  expect(seen.begin).toBeGreaterThan(ROUNDS / 8);
  expect(seen.acknowledged).toBeGreaterThan(ROUNDS * 5);
});
