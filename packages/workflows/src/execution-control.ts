import { type IdGenerator, type JsonObject, type OrchestrationError, sleep } from "@orch/core";
import { type Failure, failureOf, TaskCancelledError, type TaskRuntime, Waiters } from "@orch/tasks";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { runTimeout } from "./errors.ts";
import type { ExecutionListener, ExecutionMessage } from "./execution-message.ts";
import { type ExecutionRecord, keys, readExecution } from "./execution-record.ts";
import { type RunOptions, startRecord, unresolvedAtStart } from "./execution-start.ts";
import { Executions } from "./executions.ts";
import { liveExecution, type StepDemand } from "./live-execution.ts";
import { newRun } from "./stored-run.ts";
import { hasEnded, loadForTakeOver } from "./take-over.ts";
import { compileDefinition, writtenForm } from "./workflow-library.ts";

/** How often an execution that another process runs is looked at: soon at first, then less and less. */
const POLL_MS = { first: 10, longest: 250 } as const;

/** Options of a wait. */
export interface WaitForExecutionOptions {
  /** @default no limit */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait, not the execution. */
  readonly signal?: AbortSignal | undefined;
}

/** Starts, takes over, cancels and awaits executions: what crosses from callers into the loop, and back. */
export class ExecutionControl {
  readonly #runtime: TaskRuntime;
  readonly #executions: Executions;
  readonly #ended = new Waiters();
  /** Rejects the calls whose message is not decided on yet. */
  readonly #open = new Set<(error: OrchestrationError) => void>();
  readonly #newId: IdGenerator;

  constructor(
    runtime: TaskRuntime,
    newId: IdGenerator,
    listener: Pick<ExecutionListener, "event" | "progress">,
  ) {
    this.#runtime = runtime;
    this.#newId = newId;
    this.#executions = new Executions(runtime.instance.id, {
      event: (event) => listener.event(event),
      progress: (execution, step, fraction, text) => listener.progress(execution, step, fraction, text),
      ended: (id) => this.#ended.ended(id),
      failed: (error) => {
        for (const reject of [...this.#open]) reject(error);
        this.#ended.fail(error);
      },
    });
    runtime.attach(this.#executions);
  }

  /** What runs here under this id: the definition of the execution, or null. */
  definitionOf(id: string): CompiledWorkflow | null {
    return this.#executions.get(id)?.run.compiled ?? null;
  }

  /** Starts a run; resolves with its id once it is on disk. */
  async start(
    compiled: CompiledWorkflow,
    parameters: JsonObject,
    options: RunOptions,
    maxParallel: number,
  ): Promise<string> {
    const { instance, clock } = this.#runtime;
    const record = startRecord(compiled, parameters, options, {
      owner: instance.id,
      at: clock.now(),
      maxParallel,
    });
    const id = this.#newId();
    const execution = liveExecution({
      id,
      record,
      run: newRun(id, record, compiled),
      demands: this.#demandsOf(compiled),
    });
    const refusal = refusalOf(compiled, record, options.signal);
    await this.#post((begun) => ({
      type: "begin",
      execution,
      definition: writtenForm(compiled),
      refusal,
      begun,
    }));
    this.#watch(id, options.signal);
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
    signal?: AbortSignal,
  ): Promise<void> {
    const compiled = compileDefinition(this.#runtime.store.get(keys.definition(id)));
    const demands = this.#demandsOf(compiled);
    await this.#post((begun, refused) => ({
      type: "take_over",
      id,
      load: (turn) => loadForTakeOver(id, seen, { compiled, demands }, turn),
      from,
      begun,
      refused,
    }));
    this.#watch(id, signal);
  }

  /** Asks for the end of a run of this process; false when it does not run here. */
  cancel(id: string): boolean {
    if (!this.#executions.get(id)) return false;
    this.#cancel(id, cancelled(), "cancelled");
    return true;
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

  /** Ends a run when its time is over or its signal aborts. */
  #watch(id: string, signal?: AbortSignal): void {
    const execution = this.#executions.get(id);
    if (!execution) return;
    const { clock } = this.#runtime;
    const { due_at, options } = execution.record;
    const limit = options.timeout_ms;
    const onAbort = () => this.cancel(id);
    const onTimeout = () => this.#cancel(id, failureOf(runTimeout(limit ?? 0)), "failed");
    // Whatever the wall clock has done since, it gets neither more than all of its time nor less than nothing.
    const leftMs =
      due_at === null || limit === null ? null : Math.min(Math.max(0, due_at - clock.now()), limit);
    const stopTimer = leftMs === null ? () => {} : clock.setTimer(onTimeout, leftMs);
    if (signal?.aborted) onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    const done = () => {
      stopTimer();
      signal?.removeEventListener("abort", onAbort);
    };
    this.#ended.wait([id], clock).then(done, done);
  }

  /** Refuses resources that make no sense before anything is stored. */
  #demandsOf({ steps }: CompiledWorkflow): StepDemand[] {
    return steps.map(({ resources }) => this.#runtime.demandOf(resources));
  }
}

/** Why a run ends before its first step: it was aborted already, or a reference names nothing. */
function refusalOf(
  compiled: CompiledWorkflow,
  { parameters }: ExecutionRecord,
  signal: AbortSignal | undefined,
) {
  if (signal?.aborted) return { failure: cancelled(), status: "cancelled" } as const;
  const failure = unresolvedAtStart(compiled, parameters);
  return failure && ({ failure, status: "failed" } as const);
}

const cancelled = (): Failure => failureOf(new TaskCancelledError("The execution was cancelled"));
