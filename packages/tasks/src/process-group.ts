import { readdirSync, readFileSync } from "node:fs";
import { sleep } from "@orch/core/base";
import { descendantsOf, type KnownProcess, runs } from "./descendants.ts";

/** The variable that marks every process of an attempt: also one that left the group by starting a session of its own. */
export const MARK_VARIABLE = "ORCH_ATTEMPT";
/** Processes looked at before other work has its turn. */
const LOOKED_AT_ONCE = 64;
const FIRST_LOOK_MS = 2;
const LONGEST_LOOK_MS = 200;

/**
 * The processes of one attempt: the group that its child leads, and where the system tells, whoever bears its mark or was
 * seen among its descendants: by the child when it ends by itself, by the engine when it tells the child to stop, hears that
 * it has no memory left, or kills it. What leaves the group, drops the mark and outlives its parents before anybody looks,
 * as a daemon does on purpose, is not found.
 */
export interface ProcessGroup {
  readonly leader: number;
  readonly mark: string;
  /** Those that were seen below the leader while it lived: one may have left the group and dropped the mark. */
  readonly seen: Map<number, KnownProcess>;
}

/** These belong to the attempt: wherever they go, they are ended with it. */
export function see(group: ProcessGroup, processes: readonly KnownProcess[]): void {
  for (const each of processes) if (!group.seen.has(each.pid)) group.seen.set(each.pid, each);
}

/** Sends a signal to the whole group; false when nobody is in it any more. */
export function signalGroup({ leader }: ProcessGroup, signal: NodeJS.Signals): boolean {
  return send(-leader, signal);
}

/**
 * Ends every process of the attempt that still runs, and resolves when none does. A process that the system does not let
 * go (in a call to a disk that does not answer) is waited for.
 */
export async function endGroup(group: ProcessGroup): Promise<void> {
  for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(LONGEST_LOOK_MS, waitMs * 2)) {
    const inGroup = signalGroup(group, "SIGKILL");
    const members = await membersOf(group, inGroup);
    if (members.length === 0) return;
    for (const pid of members) send(pid, "SIGKILL");
    // The system's own pace: no clock of the engine has a part in it.
    await sleep(waitMs);
  }
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** Who of them runs. A zombie runs no more: it only waits for its parent to notice. */
async function membersOf(group: ProcessGroup, inGroup: boolean): Promise<number[]> {
  if (process.platform !== "linux") return inGroup ? [-group.leader] : [];
  const members: number[] = [];
  const pids = readdirSync("/proc").map(Number).filter(Number.isInteger);
  for (const [index, pid] of pids.entries()) {
    if (index % LOOKED_AT_ONCE === LOOKED_AT_ONCE - 1) await new Promise((resolve) => setImmediate(resolve));
    if (pid !== process.pid && isMember(pid, group)) members.push(pid);
  }
  let looked = 0;
  // A loop over a map also visits what is added on the way.
  for (const each of group.seen.values()) {
    if (++looked % LOOKED_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
    if (!runs(each)) continue;
    members.push(each.pid);
    see(group, descendantsOf(each.pid));
  }
  return members;
}

function isMember(pid: number, { leader, mark }: ProcessGroup): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // Behind the name, which may hold blanks and brackets: state, parent, group (proc_pid_stat(5)).
    const [state, , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (state === "Z" || state === "X") return false;
    return (
      Number(group) === leader ||
      readFileSync(`/proc/${pid}/environ`, "latin1").includes(`${MARK_VARIABLE}=${mark}`)
    );
  } catch {
    // Gone since, or of another user.
    return false;
  }
}
