import { memoryStore, StorageError, type StoreTransaction } from "@orch/core";
import { expect, it } from "vitest";
import { fence, Instance } from "./instance.ts";

it("looks again in the same version of the store when it could not read its record", () => {
  const store = memoryStore();
  const instance = new Instance("i", { pid: 1, startTime: "0", bootId: "b", pidNamespace: "p" });
  store.transact((tx) => instance.check(tx, 1));
  instance.committed();
  store.transact((tx) =>
    fence("i", { store: tx, put: (key, value) => tx.put(key, value), delete: (key) => tx.delete(key) }),
  );
  store.transact((tx) => {
    const unreadable: StoreTransaction = {
      ...tx,
      get() {
        throw new StorageError("the disk does not answer");
      },
    };
    expect(() => instance.check(unreadable, 2)).toThrow("does not answer");
    expect(() => instance.check(tx, 2)).toThrow(expect.objectContaining({ code: "FENCED" }));
    expect(() => instance.check(tx, 2)).toThrow(expect.objectContaining({ code: "FENCED" }));
  });
});
