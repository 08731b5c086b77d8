// Holds the write lock of the store argv[2] until a byte arrives; says when it has it and when it has committed.
import { readSync, writeSync } from "node:fs";
import { sqliteStore } from "../src/sqlite.ts";

const store = sqliteStore(process.argv[2] ?? "");
store.transact((tx) => {
  tx.put("held/1", process.pid);
  writeSync(1, "holding\n");
  readSync(0, Buffer.alloc(1));
});
writeSync(1, "committed\n");
store.close();
