import { readFileSync, readlinkSync } from "node:fs";
import { endLeftGroups, type LeftGroup } from "./left-group.ts";
import { startTimeOf, statOf } from "./process-stat.ts";

/** What tells one process from every other, also from a later one with the same pid. `null` where the system does not say. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in clock ticks since the boot. */
  readonly startTime: string | null;
  readonly bootId: string | null;
  readonly pidNamespace: string | null;
}

/** What is known of another process. */
export type Liveness = "alive" | "dead" | "unknown";

/** Looks at processes; tests give their own. */
export interface ProcessProbe {
  readonly self: ProcessIdentity;
  liveness(other: ProcessIdentity): Liveness;
  /** Ends what still runs of attempts whose engine is dead; whether there was anything. @default nothing is ever left */
  endGroups?(groups: readonly LeftGroup[]): boolean;
  /** Whether a process of this machine stands still, by a signal or a debugger. @default false for all */
  isStopped?(pid: number): boolean;
}

/** The processes of this machine. */
export function systemProbe(): ProcessProbe {
  const self: ProcessIdentity = {
    pid: process.pid,
    startTime: startTimeOf(process.pid),
    bootId: read(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
    pidNamespace: read(() => readlinkSync("/proc/self/ns/pid")),
  };
  return {
    self,
    liveness: (other) => livenessOf(other, self),
    endGroups: endLeftGroups,
    isStopped: (pid) => ["T", "t"].includes(read(() => statOf(pid)[0] ?? null) ?? ""),
  };
}

function livenessOf(other: ProcessIdentity, self: ProcessIdentity): Liveness {
  if (other.bootId === null || self.bootId === null) return exists(other.pid) ? "unknown" : "dead";
  if (other.bootId !== self.bootId) return "dead";
  // A pid of another namespace says nothing here.
  if (other.pidNamespace !== self.pidNamespace) return "unknown";
  const startTime = startTimeOf(other.pid);
  if (startTime === "gone") return "dead";
  if (startTime === null) return exists(other.pid) ? "unknown" : "dead";
  return startTime === other.startTime ? "alive" : "dead";
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It exists, and belongs to somebody else.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function read(get: () => string | null): string | null {
  try {
    return get();
  } catch {
    return null;
  }
}
