import type { Group } from "../src/group.ts";

/** A task as the model sees it. */
export interface ModelTask {
  readonly id: string;
  readonly priority: number;
  readonly cores: number;
  readonly group: Group | null;
  state: "ready" | "running" | "delayed" | "ended";
  /** Its code runs: also of one that has ended. */
  holds: boolean;
  /** Its attempt has timed out, and its code was told to stop. */
  late: boolean;
}

/** The scheduler as anybody would write it who does not care for speed: looks at every task again after each event. */
export class SchedulerModel {
  /** In the order of becoming ready. */
  readonly tasks: ModelTask[] = [];
  readonly started: string[] = [];
  readonly #limit: number;
  readonly #cpu: number;

  constructor(limit: number, cpu: number) {
    this.#limit = limit;
    this.#cpu = cpu;
  }

  ready(task: ModelTask): void {
    const at = this.tasks.indexOf(task);
    if (at >= 0) this.tasks.splice(at, 1);
    task.state = "ready";
    this.tasks.push(task);
  }

  get holding(): readonly ModelTask[] {
    return this.tasks.filter(({ holds }) => holds);
  }

  get used(): number {
    return this.holding.reduce((sum, { cores }) => sum + cores, 0);
  }

  admit(): void {
    const order = this.tasks.filter(({ state }) => state === "ready").sort((a, b) => a.priority - b.priority);
    const held = new Set<Group>();
    for (const task of order) {
      if (this.holding.length >= this.#limit) return;
      const { group } = task;
      const full =
        group !== null && this.holding.filter((each) => each.group === group).length >= group.limit;
      if (full || (group && held.has(group))) continue;
      if (this.used + task.cores > this.#cpu) {
        if (group?.keepsOrder) held.add(group);
        continue;
      }
      task.state = "running";
      task.holds = true;
      task.late = false;
      this.started.push(task.id);
    }
  }
}
