import {
  errorMessage,
  type IdGenerator,
  type JsonObject,
  newId as newRequestId,
  type OrchestrationError,
  sleep,
} from "@orch/core";
import { type Failure, failureOf, type TaskRuntime, type Turn, Waiters } from "@orch/tasks";
import { type ChildPortInit, childPort, demandsOf } from "./child-port.ts";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { executionCancelled, runTimeout } from "./errors.ts";
import { ExecutionLogs } from "./execution-logs.ts";
import type { ExecutionListener, ExecutionMessage } from "./execution-message.ts";
import { type ExecutionRecord, keys, readExecution } from "./execution-record.ts";
import type { ExecutionRequest } from "./execution-request.ts";
import { type RunOptions, type RunStart, refusalOf, startRecord } from "./execution-start.ts";
import { Executions } from "./executions.ts";
import { type LiveExecution, liveExecution } from "./live-execution.ts";
import { loadForTakeOver } from "./load-execution.ts";
import type { Redact } from "./log-line.ts";
import { loadForRecovery, type RecoveryOutcome } from "./recover-execution.ts";
import { RequestWatch, storeRequest } from "./request-watch.ts";
import { RunPlaces } from "./run-places.ts";
import { StoredDefinitions } from "./stored-definition.ts";
import { newRun } from "./stored-run.ts";
import { hasEnded, isTaken } from "./take-over.ts";
import { writtenForm } from "./workflow-library.ts";

/** How often an execution that another process runs is looked at: soon at first, then less and less. */
const POLL_MS = { first: 10, longest: 250 } as const;

/** What shows that an execution does not kill its process at once. */
const GETS_ON: ReadonlySet<string> = new Set([
  "step_completed",
  "step_failed",
  "step_waiting",
  "item_completed",
  "undo_completed",
  "workflow_completed",
]);

/** How an execution is gone on with. */
export interface TakeOverOptions {
  readonly signal?: AbortSignal | undefined;
  /** The definition to go on with, where it is another one than before. */
  readonly edited?: CompiledWorkflow | undefined;
  /** A step from which all is to run again. */
  readonly fromStep?: string | undefined;
}

/** Options of a wait. */
export interface WaitForExecutionOptions {
  /** @default no limit */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait, not the execution. */
  readonly signal?: AbortSignal | undefined;
}

/** What an {@link ExecutionControl} is made of. */
export interface ExecutionControlInit extends Omit<ChildPortInit, "definitions"> {
  readonly listener: Pick<ExecutionListener, "event" | "progress" | "failed">;
  /** For what steps log. */
  readonly redact: Redact;
}

/** Starts, takes over, cancels and awaits executions: what crosses from callers into the loop, and back. */
export class ExecutionControl {
  readonly #runtime: TaskRuntime;
  readonly #executions: Executions;
  readonly #ended = new Waiters();
  readonly #gotOn = new Waiters();
  /** Rejects the calls whose message is not decided on yet. */
  readonly #open = new Set<(error: OrchestrationError) => void>();
  readonly #newId: IdGenerator;
  readonly #requests: RequestWatch;
  readonly #definitions = new StoredDefinitions();
  readonly #places: RunPlaces;

  constructor({ runtime, newId, find, listener, redact }: ExecutionControlInit) {
    this.#runtime = runtime;
    this.#places = new RunPlaces(runtime);
    runtime.shared.onFreed(() => this.lookAtPlaces());
    this.#newId = newId;
    const { instance, clock } = runtime;
    this.#executions = new Executions({
      instance: instance.id,
      random: runtime.random,
      sessions: runtime.sessions,
      places: this.#places,
      children: childPort({ runtime, newId, find, definitions: this.#definitions }),
      logs: new ExecutionLogs({
        clock,
        logger: runtime.logger,
        redact,
        wake: () => {
          if (!runtime.error) runtime.post(this.#executions, { type: "write_logs" });
        },
      }),
      later: (message, delayMs) => clock.setTimer(() => runtime.post(this.#executions, message), delayMs),
      listener: {
        event: (event) => {
          if (GETS_ON.has(event.type)) this.#gotOn.ended(event.execution_id);
          listener.event(event);
        },
        progress: (execution, step, fraction, text) => listener.progress(execution, step, fraction, text),
        begun: (execution) => {
          this.#watchTime(execution);
          this.#requests.look();
        },
        queueChanged: () => this.lookAtPlaces(),
        continued: (execution) => this.#watchTime(execution),
        ended: (id) => {
          this.#ended.ended(id);
          this.lookAtPlaces();
        },
        brokenDown: (id, error) =>
          runtime.logger.error(`Execution '${id}' cannot go on: ${errorMessage(error)}`, {
            execution_id: id,
          }),
        failed: (error) => {
          this.#requests.stop();
          this.#gotOn.fail(error);
          listener.failed(error);
          for (const reject of [...this.#open]) reject(error);
          this.#ended.fail(error);
        },
      },
    });
    this.#requests = new RequestWatch(runtime, this.#executions);
    runtime.attach(this.#executions);
  }

  /** What runs here under this id: the definition of the execution, or null. */
  definitionOf(id: string): CompiledWorkflow | null {
    return this.#executions.get(id)?.run.compiled ?? null;
  }

  /** The execution of this id as it runs here; undefined where it does not. */
  get(id: string): LiveExecution | undefined {
    return this.#executions.get(id);
  }

  /** Starts a run; resolves with its id once it is on disk. */
  async start(
    compiled: CompiledWorkflow,
    parameters: JsonObject,
    options: RunOptions,
    defaults: Pick<RunStart, "maxParallel" | "cache">,
  ): Promise<string> {
    const { instance, clock } = this.#runtime;
    const record = startRecord(compiled, parameters, options, {
      ...defaults,
      owner: instance.id,
      at: clock.now(),
    });
    const id = options.executionId ?? this.#newId();
    const isNamed = options.executionId !== undefined;
    if (isNamed && readExecution(id, this.#runtime.store) !== null) throw isTaken(id);
    const execution = liveExecution({
      id,
      record,
      run: newRun(id, record, compiled),
      demands: demandsOf(compiled, record, this.#runtime),
    });
    const refusal = refusalOf(compiled, record, options.signal);
    const definition = writtenForm(compiled);
    const message = { type: "begin", execution, definition, refusal, isNamed } as const;
    await this.#post((begun, refused) => ({ ...message, begun, refused }));
    this.#watchSignal(id, options.signal);
    return id;
  }

  /**
   * Goes on with an execution whose record was `seen`; `from` is the instance that it is taken from, if that is another
   * one. Resolves once it is this process's, on disk.
   */
  async takeOver(
    id: string,
    seen: ExecutionRecord,
    from: string | null,
    { signal, edited, fromStep }: TakeOverOptions = {},
  ): Promise<void> {
    const before = this.#definitions.read(id, this.#runtime.store);
    const compiled = edited ?? before;
    const options = {
      compiled,
      demands: demandsOf(compiled, seen, this.#runtime),
      before: edited && before,
      from: fromStep ?? null,
    };
    const load = (turn: Turn) => loadForTakeOver(id, seen, options, turn);
    const isOther = edited !== undefined || fromStep !== undefined;
    const message = { type: "take_over", id, load, from, isRecovery: false, isOther } as const;
    await this.#post((begun, refused) => ({ ...message, begun, refused }));
    this.#watchSignal(id, signal);
  }

  /**
   * Takes over an execution that nobody has asked for, from an instance that is gone. What is asked for in the same turn
   * shares a transaction. Rejects with EXECUTION_PARKED for one that is set aside instead.
   */
  async recover(id: string, owner: string, isTried: boolean): Promise<RecoveryOutcome> {
    const init = { id, owner, isTried, definitions: this.#definitions, runtime: this.#runtime };
    let outcome: RecoveryOutcome = "left";
    const load = (turn: Turn) => {
      const found = loadForRecovery(init, turn);
      outcome = typeof found === "string" ? found : "resumed";
      return typeof found === "string" ? null : found;
    };
    const message = { type: "take_over", id, load, from: owner, isRecovery: true, isOther: false } as const;
    await this.#post((begun, refused) => ({ ...message, begun, refused }));
    return outcome;
  }

  /** Places in sessions may have become free, or a session is paused no longer: who waits for that goes on. */
  lookAtPlaces(): void {
    if (this.#places.isAwaited && this.#runtime.error === null)
      this.#runtime.post(this.#executions, { type: "look_at_places" });
  }

  /** Asks for the end of a run of this process; false when it does not run here. */
  cancel(id: string): boolean {
    if (!this.#executions.get(id)) return false;
    this.#cancel(id, executionCancelled(), "cancelled");
    return true;
  }

  /**
   * Asks something of a running execution; resolves once it is on disk: done where it runs here, else as a request that
   * the process finds that runs it. Rejects with INVALID_STATE, INVALID_PARAMETERS where it runs here.
   */
  async request(id: string, request: ExecutionRequest): Promise<void> {
    if (this.#executions.get(id)) {
      await this.#post((done, refused) => ({ type: "request", id, request, key: null, done, refused }));
      return;
    }
    await storeRequest(keys.request(id, newRequestId()), request, this.#runtime);
  }

  /** Whether an execution has ended, waiting for it up to the limit. One that nobody knows has. */
  async ended(id: string, { timeoutMs, signal }: WaitForExecutionOptions = {}): Promise<boolean> {
    const { clock, store } = this.#runtime;
    const dueMs = timeoutMs === undefined ? Number.POSITIVE_INFINITY : clock.monotonic() + timeoutMs;
    for (let delay: number = POLL_MS.first; ; delay = Math.min(delay * 2, POLL_MS.longest)) {
      signal?.throwIfAborted();
      const left = dueMs - clock.monotonic();
      if (this.#executions.get(id))
        return this.#endsHere(id, timeoutMs === undefined ? undefined : Math.max(0, left), signal);
      const record = readExecution(id, store);
      if (record === null || hasEnded(record)) return true;
      if (left <= 0) return false;
      await sleep(Math.min(delay, left), signal ? { clock, signal } : { clock });
    }
  }

  /** Resolves when a step of an execution that runs here has ended, or after `limitMs`. */
  async getsOn(id: string, limitMs: number): Promise<void> {
    if (this.#executions.get(id)) await this.#gotOn.wait([id], this.#runtime.clock, limitMs);
  }

  async #endsHere(
    id: string,
    timeoutMs: number | undefined,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const ended = this.#ended.wait([id], this.#runtime.clock, timeoutMs);
    if (!signal) return ended;
    let onAbort = () => {};
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => reject(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
    });
    return Promise.race([ended, aborted]).finally(() => signal.removeEventListener("abort", onAbort));
  }

  /** Posts a message and waits until it is decided on; rejects when it is refused or the loop ends. */
  #post(message: (begun: () => void, refused: (error: unknown) => void) => ExecutionMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      const begun = () => {
        this.#open.delete(refused);
        resolve();
      };
      const refused = (error: unknown) => {
        this.#open.delete(refused);
        reject(error);
      };
      this.#runtime.post(this.#executions, message(begun, refused));
      this.#open.add(refused);
    });
  }

  #cancel(id: string, failure: Failure, status: "cancelled" | "failed"): void {
    this.#runtime.post(this.#executions, { type: "cancel", id, failure, status });
  }

  /** Ends a run when its signal aborts. */
  #watchSignal(id: string, signal: AbortSignal | undefined): void {
    if (!signal || !this.#executions.get(id)) return;
    const onAbort = () => this.cancel(id);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    const done = () => signal.removeEventListener("abort", onAbort);
    this.#ended.wait([id], this.#runtime.clock).then(done, done);
  }

  /** Ends a run when its time is over. While it is paused its time stands still, and begins again with a watch of its own. */
  #watchTime({ id, record }: LiveExecution): void {
    const { clock } = this.#runtime;
    const { due_at, options } = record;
    const limit = options.timeout_ms;
    if (due_at === null || limit === null) return;
    const onTimeout = () => {
      const now = this.#executions.get(id)?.record;
      if (now?.parked === null && now.due_at === due_at)
        this.#cancel(id, failureOf(runTimeout(limit)), "failed");
    };
    // Whatever the wall clock has done since, it gets neither more than all of its time nor less than nothing.
    const stopTimer = clock.setTimer(onTimeout, Math.min(Math.max(0, due_at - clock.now()), limit));
    this.#ended.wait([id], clock).then(stopTimer, stopTimer);
  }
}
