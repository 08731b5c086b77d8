// Writes numbered transactions to the store argv[2] for ever, going on where the file ends: says "begin N" before and
// "done N" after each. Every transaction is three records and a count.
import { writeSync } from "node:fs";
import { sqliteStore } from "../src/sqlite.ts";

const [, , path = "", durability] = process.argv;
writeSync(1, "opening\n");
const store = sqliteStore(path, { durability: durability === "normal" ? "normal" : "full" });
for (let n = Number(store.get("total/all") ?? 0) + 1; ; n++) {
  writeSync(1, `begin ${n}\n`);
  store.transact((tx) => {
    for (const part of ["a", "b", "c"])
      tx.put(`log/${String(n).padStart(8, "0")}-${part}`, { n, text: "x".repeat(n % 3000) });
    tx.put("total/all", n);
  });
  writeSync(1, `done ${n}\n`);
}
