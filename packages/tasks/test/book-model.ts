/** A task as the model sees it. */
export interface ModelTask {
  readonly id: string;
  readonly dependencies: readonly string[];
  readonly priority: number;
  readonly goesOn: boolean;
  readonly maxRetries: number;
  /** As the callers see it; a delayed one is running to them. */
  status: "blocked" | "ready" | "running" | "completed" | "failed" | "cancelled" | "skipped";
  /** Its code runs: also of one that was cancelled. */
  holds: boolean;
  attempts: number;
}

/** Tasks with dependencies as anybody would run them who does not care for speed: everything is searched for each time. */
export class BookModel {
  readonly tasks: ModelTask[] = [];
  readonly started: string[] = [];
  readonly #limit: number;
  /** Those that are ready, in the order in which they became so. */
  readonly #ready: ModelTask[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(task: ModelTask): void {
    this.tasks.push(task);
    const broken = this.#upstream(task).some((each) => isBroken(each));
    if (broken && !task.goesOn) this.#end(task, "skipped");
    else this.#look(task);
    this.#admit();
  }

  end(task: ModelTask, isGood: boolean): void {
    task.holds = false;
    if (task.status === "running") {
      if (isGood) this.#end(task, "completed");
      else if (task.attempts > task.maxRetries) this.#end(task, "failed");
    }
    this.#admit();
  }

  due(task: ModelTask): void {
    this.#makeReady(task);
    this.#admit();
  }

  cancel(task: ModelTask): void {
    if (!isEnded(task)) this.#end(task, "cancelled");
    this.#admit();
  }

  /** Those whose code runs. */
  get holding(): readonly ModelTask[] {
    return this.tasks.filter(({ holds }) => holds);
  }

  /** Those that wait for their next attempt. */
  get delayed(): readonly ModelTask[] {
    return this.tasks.filter(({ status, holds }) => status === "running" && !holds);
  }

  #upstream({ dependencies }: ModelTask): ModelTask[] {
    return this.tasks.filter(({ id }) => dependencies.includes(id));
  }

  #look(task: ModelTask): void {
    const open = task.dependencies.some((id) => !this.tasks.some((each) => each.id === id && isEnded(each)));
    if (!open) this.#makeReady(task);
  }

  #makeReady(task: ModelTask): void {
    task.status = "ready";
    this.#ready.push(task);
  }

  /** Ends a task and looks, end by end, at those that wait for it. */
  #end(task: ModelTask, status: "completed" | "failed" | "cancelled" | "skipped"): void {
    task.status = status;
    const ended = [task];
    for (const each of ended) {
      for (const next of this.tasks) {
        if (next.status !== "blocked" || !next.dependencies.includes(each.id)) continue;
        if (isBroken(each) && !next.goesOn) {
          next.status = "skipped";
          ended.push(next);
        } else this.#look(next);
      }
    }
  }

  #admit(): void {
    for (;;) {
      const ready = this.#ready.filter(({ status }) => status === "ready");
      const urgent = Math.min(...ready.map(({ priority }) => priority));
      const next = ready.find(({ priority }) => priority === urgent);
      if (next === undefined || this.holding.length >= this.#limit) return;
      this.#ready.splice(this.#ready.indexOf(next), 1);
      Object.assign(next, { status: "running", holds: true });
      next.attempts++;
      this.started.push(`${next.id}#${next.attempts}`);
    }
  }
}

const isBroken = ({ status }: ModelTask): boolean =>
  status === "failed" || status === "cancelled" || status === "skipped";
const isEnded = (task: ModelTask): boolean => task.status === "completed" || isBroken(task);
