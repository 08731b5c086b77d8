import type { CompiledDemand, Grant } from "@orch/resources";
import type { TaskRuntime, Turn } from "@orch/tasks";
import type { ExecutionRecord, Parked } from "./execution-record.ts";
import type { LiveExecution } from "./live-execution.ts";

// A session says how many executions run in it at once. Each of them holds a place of a resource with so many, from its
// beginning to its end: so the limit holds across processes, and what a dead process held is free. One that finds none is
// parked, in the order of coming, until it gets one. What a step runs is a part of its execution, and needs no place of its
// own: an execution that holds one never waits for another.

/** What the places are in. */
export type PlacesInit = Pick<TaskRuntime, "ledger" | "sessions" | "shared">;

/** An execution that waits for a place. */
interface Waiting {
  readonly execution: LiveExecution;
  /** Its place in the queue of the ledger. */
  readonly ticket: number;
  /** What it stands there for; null while it does not. */
  demand: CompiledDemand | null;
}

/** One that waits no longer. */
export interface Called {
  readonly execution: LiveExecution;
  /** Its session was closed: it is not to begin any more. */
  readonly isLost: boolean;
}

/** Two never come at the same instant: each at least this much later than the one before, milliseconds. */
const TICKET_STEP_MS = 0.001;

/** The places of executions in their sessions. */
export class RunPlaces {
  readonly #init: PlacesInit;
  readonly #held = new Map<string, Grant>();
  /** By session, in the order of coming. */
  readonly #queues = new Map<string, Map<string, Waiting>>();
  #ticket = 0;

  constructor(init: PlacesInit) {
    this.#init = init;
  }

  /** Whether an execution waits for its turn. */
  get isAwaited(): boolean {
    return this.#queues.size > 0;
  }

  /** Whether an execution may go on: it has a place, or needs none. Else it waits, behind those that came before. */
  take(execution: LiveExecution, turn: Turn): boolean {
    const { id, record } = execution;
    const session = record.session_id;
    if (session === null || record.parent !== null || this.#held.has(id)) return true;
    const queue = this.#queues.get(session);
    if (queue?.has(id)) return false;
    this.#ticket = Math.max(turn.monotonic, this.#ticket + TICKET_STEP_MS);
    const waiting: Waiting = { execution, ticket: this.#ticket, demand: null };
    if (queue === undefined && this.#admit(waiting, session, turn) === "admitted") return true;
    this.#queues.set(session, (queue ?? new Map<string, Waiting>()).set(id, waiting));
    return false;
  }

  /** An execution has ended, or waits no longer: what it holds is free. */
  leave({ id, record: { session_id: session } }: LiveExecution, turn: Turn): void {
    const grant = this.#held.get(id);
    if (grant !== undefined) this.#init.shared.release(grant, turn.monotonic);
    this.#held.delete(id);
    const waiting = session === null ? undefined : this.#queues.get(session)?.get(id);
    if (session !== null && waiting !== undefined) this.#unqueue(waiting, session);
  }

  /** Those that have waited and whose turn has come, or whose session was closed (`isLost`). */
  next(turn: Turn): Called[] {
    const next: Called[] = [];
    for (const [session, queue] of this.#queues)
      for (const waiting of queue.values()) {
        const outcome = this.#admit(waiting, session, turn);
        if (outcome === "full") break;
        if (outcome === "paused") continue;
        this.#unqueue(waiting, session);
        next.push({ execution: waiting.execution, isLost: outcome === "closed" });
      }
    return next;
  }

  #admit(waiting: Waiting, session: string, turn: Turn): "admitted" | "full" | "paused" | "closed" {
    const { shared, ledger, sessions } = this.#init;
    const { execution, ticket } = waiting;
    // What ran before goes on.
    const standing = execution.sequence === 0 ? sessions.standingIn(session, turn) : "open";
    if (standing !== "open") return standing;
    const place = sessions.runPlaceOf(session);
    if (place === null) return "admitted";
    const demand = ledger.compileDemand([place]);
    const outcome = shared.grant(demand, execution.id, turn, ticket);
    if (outcome.ok) this.#held.set(execution.id, outcome);
    // Its session was closed in this moment.
    if (outcome.ok || outcome.never) return "admitted";
    if (waiting.demand === null) shared.enqueue(demand, ticket, outcome.watch);
    waiting.demand = demand;
    return "full";
  }

  #unqueue({ execution, ticket, demand }: Waiting, session: string): void {
    const queue = this.#queues.get(session);
    queue?.delete(execution.id);
    if (queue?.size === 0) this.#queues.delete(session);
    if (demand !== null) this.#init.shared.dequeue(demand, ticket);
  }
}

const QUEUED = "session";

/** Why an execution that waits for its turn does not go on. */
export const queued = ({ session_id, parked }: ExecutionRecord, at: number): Parked => ({
  reason: QUEUED,
  since: parked?.since ?? at,
  hint: `orch session show ${session_id}`,
});

/** Whether an execution waits for its turn in its session. */
export const isQueued = ({ parked }: Pick<ExecutionRecord, "parked">): boolean => parked?.reason === QUEUED;
