import {
  type JsonValue,
  OrchestrationError,
  type Store,
  type StoreReader,
  type StoreTransaction,
} from "@orch/core";
import { deleteUsage } from "@orch/resources";
import { z } from "zod";
import { hasEnded } from "./ended-instances.ts";
import type { LeftGroup } from "./left-group.ts";
import type { Liveness, ProcessIdentity, ProcessProbe } from "./process-identity.ts";
import type { Turn } from "./turn.ts";

/** How often a process that executes says that it lives. */
export const HEARTBEAT_MS = 1000;

const instanceSchema = z.object({
  pid: z.int(),
  start_time: z.string().nullable(),
  boot_id: z.string().nullable(),
  pid_namespace: z.string().nullable(),
  /** Grows with each sign of life; watched, never compared with a clock. */
  beat: z.int(),
  /** Its executions were taken over: it must write nothing more. */
  fenced: z.boolean(),
  /** Attempts that run in processes of their own: they end before anybody takes over. */
  groups: z.array(z.object({ pid: z.int(), start_time: z.string(), mark: z.string() })).default([]),
});

/** The record `instances/<id>` of a process that executes. */
export type InstanceRecord = z.infer<typeof instanceSchema>;

const keyOf = (id: string): string => `instances/${id}`;

/** The record of an instance, or null when there is none. One that ended in this process counts as fenced. */
export function readInstance(id: string, store: StoreReader): InstanceRecord | null {
  const stored = store.get(keyOf(id));
  if (stored === undefined) return null;
  const record = instanceSchema.parse(stored);
  return hasEnded(id) ? { ...record, fenced: true } : record;
}

/**
 * What is known of the process behind an instance. One that was fenced or is not recorded counts as dead. One that has died
 * and whose attempts still run in processes of their own counts as alive until those are gone: looking ends them.
 */
export function instanceLiveness(record: InstanceRecord | null, probe: ProcessProbe): Liveness {
  if (record === null || record.fenced) return "dead";
  return isDying(record, probe) ? "alive" : livenessOf(record, probe);
}

/** Whether a process is dead and something that it had started was not; that is ended. */
export function isDying(record: InstanceRecord, probe: ProcessProbe): boolean {
  const { groups, fenced, boot_id, pid_namespace } = record;
  if (fenced || groups.length === 0 || livenessOf(record, probe) !== "dead") return false;
  const { bootId, pidNamespace } = probe.self;
  // Since another boot nothing of it runs; in another namespace these pids are others.
  return boot_id === bootId && pid_namespace === pidNamespace && probe.endGroups?.(groups) === true;
}

const livenessOf = ({ pid, start_time, boot_id, pid_namespace }: InstanceRecord, probe: ProcessProbe) =>
  probe.liveness({ pid, startTime: start_time, bootId: boot_id, pidNamespace: pid_namespace });

/** Marks an instance as taken over: from this commit on it can write nothing, and uses nothing. */
export function fence(
  id: string,
  turn: Pick<Turn, "store" | "put" | "delete"> & Partial<Pick<Turn, "writes">>,
): void {
  const record = readInstance(id, turn.store);
  const key = keyOf(id);
  const isForgotten = turn.writes?.has(key) === true && turn.writes.get(key) === undefined;
  if (record && !isForgotten) turn.put(key, { ...record, fenced: true });
  deleteUsage(new Set([id]), turn);
}

/** All instances that are recorded. O(instances). */
export const listInstances = (store: StoreReader): string[] =>
  store.list("instances/").map(([key]) => key.slice("instances/".length));

/** Forgets instances that are dead, and what they used: from now on they count as dead because nothing is known of them. */
export function deleteInstances(ids: readonly string[], turn: Turn): void {
  for (const id of ids) turn.delete(keyOf(id));
  deleteUsage(new Set(ids), turn);
}

/** This process in the store: recorded with its first commit, checked in every transaction. */
export class Instance {
  readonly id: string;
  #record: InstanceRecord;
  #recorded = false;
  /** The version of the store in which the record was looked at last. */
  #checkedIn: number | null = null;

  constructor(id: string, { pid, startTime, bootId, pidNamespace }: ProcessIdentity) {
    this.id = id;
    this.#record = {
      pid,
      start_time: startTime,
      boot_id: bootId,
      pid_namespace: pidNamespace,
      beat: 0,
      fenced: false,
      groups: [],
    };
  }

  /**
   * Throws FENCED when another process has taken over what this one ran. Writes the record the first time. `version` is that
   * of the store, asked within the transaction, if it was: while nobody else has written, the record is as it was.
   */
  check(tx: StoreTransaction, version: number | null = null): void {
    if (this.#recorded && version !== null && version === this.#checkedIn) return;
    const found = tx.get(keyOf(this.id));
    if (found === undefined && !this.#recorded) tx.put(keyOf(this.id), this.#record as JsonValue);
    else if (found === undefined || (found as InstanceRecord).fenced) throw fenced(this.id);
    this.#checkedIn = version;
  }

  /** The transaction that `check` was part of is on disk. */
  committed(): void {
    this.#recorded = true;
  }

  /** Says that this process lives. */
  beat(turn: Turn): void {
    this.#record.beat++;
    turn.put(keyOf(this.id), { ...this.#record });
  }

  /** These attempts run in processes of their own. */
  setGroups(groups: readonly LeftGroup[], turn: Turn): void {
    this.#record = { ...this.#record, groups: groups.map((group) => ({ ...group })) };
    turn.put(keyOf(this.id), this.#record);
  }

  /** Takes the record away: this process runs nothing any more. */
  leave(store: Store, alsoLeave: (tx: StoreTransaction) => void): void {
    // A process that never wrote anything leaves no trace, not even a store.
    if (this.#recorded)
      store.transact((tx) => {
        alsoLeave(tx);
        tx.delete(keyOf(this.id));
      });
    this.#recorded = false;
  }
}

/** The error of a process whose work was taken over. */
export const fenced = (instance: string): OrchestrationError =>
  new OrchestrationError("Another process has taken over the work of this one", {
    code: "FENCED",
    retryable: false,
    details: { instance },
    suggestions: [
      "Look at the state with 'orch execution list'. Nothing was lost: the other process goes on.",
    ],
  });
