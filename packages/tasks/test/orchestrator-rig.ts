import type { Store } from "@orch/core";
import { ManualClock, seededRandom } from "@orch/core/testing";
import { Ledger } from "@orch/resources";
import type { ActionContext } from "../src/module.ts";
import { ModuleRegistry } from "../src/module-registry.ts";
import type { TaskOrchestratorOptions } from "../src/orchestrator-options.ts";
import { Task, type TaskInit } from "../src/task.ts";
import { TaskOrchestrator } from "../src/task-orchestrator.ts";

/** A call of the action `rec.slow` that has begun and is ended by hand. */
export interface Call {
  readonly name: unknown;
  readonly context: ActionContext;
  readonly resolve: (value?: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** An orchestrator whose clock stands still and whose ticks are stepped by {@link OrchestratorRig.settle}. */
export class OrchestratorRig {
  readonly clock = new ManualClock();
  readonly ledger = new Ledger();
  readonly modules = new ModuleRegistry();
  readonly orchestrator: TaskOrchestrator;
  /** Names of the tasks whose code was called, in order. */
  readonly called: unknown[] = [];
  /** Calls of `rec.slow` that have not ended. */
  readonly calls: Call[] = [];
  #names = 0;

  constructor({ store, ...options }: TaskOrchestratorOptions & { store?: Store } = {}) {
    this.ledger.define({ id: "cpu", type: "cpu", capacity: { cores: 8 } });
    this.modules
      .register("rec", "ok", ({ name, value }) => {
        this.called.push(name);
        return value ?? name;
      })
      .register("rec", "bad", ({ name }) => {
        this.called.push(name);
        throw new Error(`bad ${String(name)}`);
      })
      .register("rec", "slow", ({ name }, context) => {
        this.called.push(name);
        return new Promise((resolve, reject) => this.calls.push({ name, context, resolve, reject }));
      });
    const { clock, ledger, modules } = this;
    this.orchestrator = new TaskOrchestrator({
      clock,
      ledger,
      modules,
      random: seededRandom(1),
      ...(store ? { store } : {}),
      ...options,
    });
  }

  /** A task that calls `rec.<action>` with its name. */
  task(action: "ok" | "bad" | "slow", init: Partial<TaskInit> = {}): Task {
    const name = init.name ?? `t${this.#names++}`;
    return new Task({
      module: "rec",
      action,
      maxRetries: 0,
      ...init,
      name,
      parameters: { name, ...init.parameters },
    });
  }

  /** Ticks until nothing is left to do without time or a call that ends. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 2; ) {
      // Promises of attempts settle between two ticks.
      await new Promise(setImmediate);
      // What is offered again is offered when the clock says so.
      if (this.orchestrator.runtime.refused || this.orchestrator.runtime.error) return;
      const before = this.called.length;
      this.orchestrator.runtime.tick();
      quiet = this.orchestrator.runtime.pending || this.called.length > before ? 0 : quiet + 1;
    }
  }

  /** Ends the oldest call of `rec.slow`. */
  async finish(value: unknown = null): Promise<void> {
    this.calls.shift()?.resolve(value);
    await this.settle();
  }

  /** Ends all calls of `rec.slow`, and those that follow. */
  async finishAll(): Promise<void> {
    while (this.calls.length > 0) await this.finish();
  }

  statuses(...tasks: readonly Task[]): string[] {
    return tasks.map(({ status }) => status);
  }

  /** What is held of the cpu. */
  get used(): number {
    return this.ledger.snapshot("cpu", this.clock.monotonic())?.dimensions[0]?.allocated ?? Number.NaN;
  }
}
