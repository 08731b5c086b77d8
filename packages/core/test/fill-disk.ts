// Writes to the store argv[2] until that fails, each time 4 records of one number in one transaction; prints the last
// number that was acknowledged, the error, what the store reads afterwards and whether it is still usable.
import { toErrorResponse } from "../src/errors.ts";
import { sqliteStore } from "../src/sqlite.ts";

const store = sqliteStore(process.argv[2] ?? "");
let acknowledged = 0;
try {
  for (;;) {
    const next = acknowledged + 1;
    store.transact((tx) => {
      for (const part of [1, 2, 3, 4]) tx.put(`log/${next}-${part}`, "x".repeat(2000));
      tx.put("total/all", next);
    });
    acknowledged = next;
  }
} catch (error) {
  const { error_code, error: message } = toErrorResponse(error);
  const again = (() => {
    try {
      return store.transact((tx) => tx.get("total/all"));
    } catch (second) {
      return toErrorResponse(second).error_code;
    }
  })();
  console.log(
    JSON.stringify({ acknowledged, error_code, message, records: store.list("log/").length, again }),
  );
}
store.close();
