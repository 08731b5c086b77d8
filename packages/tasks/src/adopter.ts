import { errorMessage, type OrchestrationError } from "@orch/core";
import type { AdoptedSlice, AdoptMessage, WaitingTask } from "./adoption.ts";
import { backlogOf, backlogOwners } from "./backlog-row.ts";
import type { BookEntry } from "./book-entry.ts";
import type { BookMessage } from "./book-message.ts";
import { instanceLiveness, listInstances, readInstance } from "./instance.ts";
import { isGone } from "./instance-liveness.ts";
import type { TaskRuntime } from "./task-runtime.ts";

/** How often is looked for work of processes that have died. */
const SCAN_MS = 1000;

/** What a recovery has found. */
export interface RecoveredTasks {
  /** Ids of the tasks that this process goes on with. */
  readonly adopted: readonly string[];
  /** Ids of those that cannot be gone on with, and have failed: a damaged record, resources that are not there any more. */
  readonly failed: readonly string[];
  /** Those whose action is not known here: they stay where they are until some process knows it. */
  readonly waiting: readonly WaitingTask[];
}

/** An instance that is gone, with its last sign of life. */
type Owner = Pick<AdoptMessage, "owner" | "beat">;

/** What an {@link Adopter} works with. */
interface AdopterInit {
  readonly runtime: TaskRuntime;
  readonly specOf: AdoptMessage["specOf"];
  readonly post: (message: BookMessage) => void;
  readonly adopted: (tasks: readonly BookEntry[]) => void;
}

/** Looks for tasks of processes that are gone, and has them adopted. */
export class Adopter {
  readonly #init: AdopterInit;
  #scanning: Promise<RecoveredTasks> | null = null;
  #stopTimer: (() => void) | null = null;
  #reject: ((error: OrchestrationError) => void) | null = null;
  #failure: OrchestrationError | null = null;
  /** Rows that cannot be read and that it was told about. */
  readonly #told = new Set<unknown>();

  constructor(init: AdopterInit) {
    this.#init = init;
  }

  /** Adopts what can be adopted; resolves when it is this process's, on disk. Rejects with the error that ended the loop. */
  scan(): Promise<RecoveredTasks> {
    this.#scanning ??= this.#scan().finally(() => {
      this.#scanning = null;
    });
    return this.#scanning;
  }

  /** Keeps looking, once a second, until {@link fail}. */
  watch(): void {
    if (this.#stopTimer || this.#failure) return;
    const { clock, logger } = this.#init.runtime;
    this.#stopTimer = clock.setTimer(() => {
      this.scan()
        .catch((error) => logger.warn(`Looking for interrupted tasks failed: ${errorMessage(error)}`))
        .finally(() => {
          this.#stopTimer = null;
          this.watch();
        });
    }, SCAN_MS);
  }

  /** The loop has ended, or is about to: nothing is adopted any more. */
  fail(error: OrchestrationError): void {
    this.#failure ??= error;
    this.#stopTimer?.();
    this.#reject?.(error);
  }

  async #scan(): Promise<RecoveredTasks> {
    const { store, instance } = this.#init.runtime;
    const adopted: string[] = [];
    const failed: string[] = [];
    const waiting: WaitingTask[] = [];
    for (const owner of backlogOwners(store)) {
      if (owner === instance.id) continue;
      const beat = readInstance(owner, store)?.beat ?? null;
      if (!(await isGone(owner, this.#init.runtime))) continue;
      for (const slice of await this.#adoptFrom({ owner, beat })) {
        adopted.push(...slice.adopted.map(({ spec }) => spec.id));
        failed.push(...slice.failed);
        waiting.push(...slice.waiting);
        this.#tell(slice.damages);
      }
    }
    this.#prune();
    return { adopted, failed, waiting };
  }

  /** All that can be had of one owner, looking again when a module file brings an action that was not known. */
  async #adoptFrom(owner: Owner): Promise<AdoptedSlice[]> {
    const tried = new Set<string>();
    const taken: AdoptedSlice[] = [];
    for (;;) {
      const slices = await this.#takeAll(owner);
      taken.push(...slices);
      const waiting = slices.flatMap((slice) => slice.waiting);
      if (!(await this.#load(waiting, tried))) return taken;
      // Those that wait now are found again.
      for (const [index, slice] of taken.entries()) taken[index] = { ...slice, waiting: [] };
    }
  }

  async #takeAll(owner: Owner): Promise<AdoptedSlice[]> {
    const slices: AdoptedSlice[] = [];
    let after: string | null = null;
    do {
      const slice: AdoptedSlice = await this.#take(owner, after);
      slices.push(slice);
      after = slice.next;
    } while (after !== null);
    return slices;
  }

  #take(owner: Owner, after: string | null): Promise<AdoptedSlice> {
    const { runtime, specOf, post, adopted } = this.#init;
    const isKnown = (module: string, action: string) => runtime.modules.peek(module, action) !== undefined;
    return new Promise((resolve, reject) => {
      if (this.#failure) throw this.#failure;
      this.#reject = reject;
      const done = (slice: AdoptedSlice) => {
        adopted(slice.adopted);
        resolve(slice);
      };
      post({ type: "adopt", ...owner, after, isKnown, specOf, done });
    });
  }

  /** Loads the modules of tasks that wait; whether any brought what was missing. */
  async #load(waiting: readonly WaitingTask[], tried: Set<string>): Promise<boolean> {
    const { modules, logger } = this.#init.runtime;
    let found = false;
    for (const { module, action } of waiting) {
      if (tried.has(`${module}.${action}`)) continue;
      tried.add(`${module}.${action}`);
      try {
        await modules.find(module, action);
        found = true;
      } catch (error) {
        logger.warn(`Tasks of '${module}.${action}' wait to be gone on with: ${errorMessage(error)}`);
      }
    }
    return found;
  }

  /** Says which rows cannot be read, each once. */
  #tell(damages: readonly OrchestrationError[]): void {
    for (const { message, code, details } of damages) {
      const { key } = details;
      if (this.#told.has(key)) continue;
      this.#told.add(key);
      const unread = `Tasks of a process that is gone cannot be gone on with, nor are they deleted: ${message}`;
      this.#init.runtime.logger.error(unread, { code, key });
    }
  }

  /** Forgets dead instances that have nothing left. */
  #prune(): void {
    const { store, instance, probe } = this.#init.runtime;
    const instances = listInstances(store).filter(
      (id) =>
        id !== instance.id &&
        instanceLiveness(readInstance(id, store), probe) === "dead" &&
        backlogOf(id, store, { limit: 1 }).length === 0,
    );
    if (instances.length > 0 && !this.#failure) this.#init.post({ type: "prune", instances });
  }
}
