import type { JsonValue, StoreReader } from "@orch/core";

/** One transaction: its instant on both clocks, what it reads, and what it writes. */
export interface LedgerTurn {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The same instant on the monotonic clock. */
  readonly monotonic: number;
  readonly store: StoreReader;
  put(key: string, value: JsonValue): void;
  delete(key: string): void;
}

/** As whom this process takes part, and what it knows of the others. */
export interface LedgerMember {
  /** Its instance. */
  readonly id: string;
  /** Whether the process behind another instance is surely gone. */
  isDead(instance: string, store: StoreReader): boolean;
  /** Marks a dead instance as taken over, so that it can write nothing more; what it used is deleted with it. */
  fence(instance: string, turn: LedgerTurn): void;
}
