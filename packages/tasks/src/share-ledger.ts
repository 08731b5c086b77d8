import type { Clock, Store } from "@orch/core";
import { Ledger, SharedLedger } from "@orch/resources";
import { fence, type Instance, instanceLiveness, readInstance } from "./instance.ts";
import type { ProcessProbe } from "./process-identity.ts";
import type { Turn } from "./turn.ts";

/** The ledger that was given, if any. */
interface Given {
  readonly shared?: SharedLedger;
  readonly ledger?: Ledger;
}

/** Who books in it. */
interface Booker {
  readonly store: Store;
  readonly clock: Clock;
  readonly instance: Instance;
  readonly probe: ProcessProbe;
}

/** The ledger in which the tasks of `instance` are booked, counted by and counting every process of the store. */
export function shareLedger(
  { shared, ledger }: Given,
  { store, clock, instance, probe }: Booker,
): SharedLedger {
  const joined = shared ?? new SharedLedger({ ledger: ledger ?? new Ledger(), store, clock });
  joined.join({
    id: instance.id,
    isDead: (id, reader) => instanceLiveness(readInstance(id, reader), probe) === "dead",
    fence,
  });
  return joined;
}

/** The last thing that a turn does with its ledger: what tasks hold and want now is told to the other processes. */
export function tellOthers(ledger: SharedLedger, turn: Turn): void {
  ledger.end(turn);
  if (ledger.hasGranted(turn)) turn.expect((store) => ledger.holds(store));
  if (ledger.hasNews) turn.afterCommit(() => ledger.flush());
}
