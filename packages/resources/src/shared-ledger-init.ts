import type { Clock, Store } from "@orch/core";
import { needObject, needPort, readArgument } from "@orch/core/base";
import type { Ledger } from "./ledger.ts";

/** What a `SharedLedger` is made of. */
export interface SharedLedgerInit {
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** Where what others hold is read; `null` when nobody else can know of the ledger. */
  readonly store: Store | null;
}

/** A copy of `given`, which was checked. Throws INVALID_PARAMETERS. */
export function readInit(given: SharedLedgerInit): SharedLedgerInit {
  const { ledger, clock, store } = readArgument("init", () => ({ ...needObject("init", given) }));
  return {
    ledger: needPort<Ledger>("ledger", "a ledger", ledger, ["grant", "release", "restore"]),
    clock: needPort<Clock>("clock", "a clock", clock, ["now", "monotonic", "setTimer"]),
    store:
      store === null
        ? null
        : needPort<Store>("store", "a store or null", store, ["get", "list", "foreignVersion"]),
  };
}
