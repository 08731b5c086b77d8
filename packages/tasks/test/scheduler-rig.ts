import { memoryStore, systemClock } from "@orch/core";
import { type Demand, Ledger, SharedLedger } from "@orch/resources";
import { failureOf, type Outcome } from "../src/failure.ts";
import type { Group } from "../src/group.ts";
import type { Input } from "../src/input.ts";
import { type LiveTask, liveTask } from "../src/live-task.ts";
import type { Participant } from "../src/participant.ts";
import { DEFAULT_RETRY } from "../src/retry-policy.ts";
import { Scheduler } from "../src/scheduler.ts";
import { Turn } from "../src/turn.ts";

/** What a task in a test may say of itself. */
export interface TaskInTest {
  readonly priority?: number;
  /** Of the only cpu there is. */
  readonly cores?: number;
  readonly lock?: "read" | "write";
  readonly group?: Group;
  readonly maxRetries?: number;
  readonly timeoutMs?: number;
  readonly waitTimeoutMs?: number;
}

export const OK: Outcome = { ok: true, value: null };
export const BAD: Outcome = { ok: false, failure: failureOf(new Error("bad")) };

/** What a {@link SchedulerRig} is made of. */
interface SchedulerRigInit {
  readonly limit?: number;
  readonly cpu?: number;
  readonly stopGraceMs?: number;
}

/** A scheduler without loop, clock or store: each call is one turn, whose commands are kept. */
export class SchedulerRig {
  readonly ledger = new Ledger();
  readonly scheduler: Scheduler;
  /** Ids in the order in which their attempts were started. */
  readonly started: string[] = [];
  readonly ended: string[] = [];
  /** What is to be posted later, by task: one at most for each, as the loop has it. */
  readonly timers = new Map<object, Input>();
  at = 1_000;
  #tasks = 0;
  readonly #owner: Participant;

  constructor({ limit = 4, cpu = 8, ...rest }: SchedulerRigInit = {}) {
    this.ledger.define({ id: "cpu", type: "cpu", capacity: { cores: cpu } });
    this.scheduler = new Scheduler({
      ...rest,
      limit,
      ledger: new SharedLedger({ ledger: this.ledger, clock: systemClock, store: null }),
    });
    this.#owner = {
      receive: () => {},
      taskStarted: ({ spec }) => this.started.push(spec.id),
      taskRetrying: () => {},
      taskEnded: ({ spec }) => this.ended.push(spec.id),
      record: ({ status }) => ({ status }),
      turnEnds: () => {},
      context: () => ({ parameters: {}, results: () => ({}), session: null, history: [] }),
      progressed: () => {},
      loopFailed: () => {},
    };
  }

  task({
    priority = 2,
    cores = 0,
    lock,
    group,
    maxRetries = 0,
    timeoutMs,
    waitTimeoutMs,
  }: TaskInTest = {}): LiveTask {
    const demand: Demand = [
      ...(cores > 0 ? [{ resource: "cpu", amounts: { cores } }] : []),
      ...(lock ? [{ resource: "file", mode: lock }] : []),
    ];
    const id = `t${this.#tasks++}`;
    const spec = {
      id,
      key: `tasks/${id}`,
      name: id,
      module: "m",
      action: "a",
      parameters: {},
      priority,
      demand: demand.length > 0 ? this.ledger.compileDemand(demand) : null,
      timeoutMs: timeoutMs ?? null,
      retry: { ...DEFAULT_RETRY, maxRetries, delayMs: 10 },
      isolation: null,
      idempotencyKey: id,
      waitTimeoutMs: waitTimeoutMs ?? null,
    };
    return liveTask(spec, this.#owner, group ?? null);
  }

  /** One turn: what `decide` does, then the admission. */
  turn(decide: (turn: Turn) => void = () => {}): Turn {
    const turn = new Turn({ at: this.at, monotonic: this.at, store: memoryStore() }, this.scheduler);
    decide(turn);
    this.scheduler.admit(turn, Number.POSITIVE_INFINITY);
    turn.writeRecords();
    for (const command of turn.commands) {
      if (command.type === "post_later") this.timers.set(command.task, command.input);
      if (command.type === "post_nothing") this.timers.delete(command.task);
    }
    return turn;
  }

  submit(...tasks: readonly LiveTask[]): Turn {
    return this.turn((turn) => {
      for (const task of tasks) this.scheduler.submit(task, turn);
    });
  }

  end(task: LiveTask, outcome = OK): Turn {
    return this.turn((turn) =>
      this.scheduler.attemptEnded({ task, attempt: task.attempt, outcome, durationMs: 1, chance: 0.5 }, turn),
    );
  }

  cancel(task: LiveTask): Turn {
    return this.turn((turn) => this.scheduler.cancel(task, failureOf(new Error("cancelled")), turn));
  }

  /** What is held of the cpu. */
  get used(): number {
    const dimension = this.ledger.snapshot("cpu", this.at)?.dimensions[0];
    return dimension?.allocated ?? Number.NaN;
  }
}
