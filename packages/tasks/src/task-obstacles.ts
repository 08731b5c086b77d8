import { type Part, type Refusal, resourceOf } from "@orch/resources";
import type { LiveTask } from "./live-task.ts";
import { ticketOf } from "./scheduler.ts";

/** What keeps the demand of one task from being granted. */
export class TaskObstacles {
  /** What has to come back, and what comes back with it. */
  readonly held: ReadonlySet<Part>;
  readonly #lacked: ReadonlySet<string>;
  /** Per lock the tickets in front of its own of which it is not known whose they are. */
  readonly #before = new Map<string, Set<number>>();
  readonly #kept: readonly string[];

  /** `ending`: a task that has to end whatever is lacking. */
  constructor(refusals: readonly Refusal[], ending: LiveTask | undefined) {
    const obstacles = refusals.flatMap((refused) => refused.obstacles ?? []);
    const held = [...obstacles.flatMap((each) => each.held), ...(ending?.grant?.parts ?? [])];
    // Who ends gives back all that he holds.
    this.held = new Set([...new Set(held.map(({ grant }) => grant))].flatMap(({ parts }) => parts));
    this.#lacked = new Set([...refusals.flatMap(({ watch }) => watch), ...[...this.held].map(resourceOf)]);
    this.#kept = obstacles.flatMap(({ kept }) => kept);
    for (const { name, ticket } of obstacles.flatMap(({ before }) => before)) {
      const tickets = this.#before.get(name);
      if (tickets) tickets.add(ticket);
      else this.#before.set(name, new Set([ticket]));
    }
  }

  /** Whether all of these resources and locks are among what it lacks. */
  coverAll(names: readonly string[]): boolean {
    return names.every((name) => this.#lacked.has(name));
  }

  /** Whether one of these resources and locks is among what it lacks. */
  coverSome(names: readonly string[]): boolean {
    return names.some((name) => this.#lacked.has(name));
  }

  /** Whether a task stands in front in the queue of a lock. */
  takeQueued(other: LiveTask): boolean {
    if (other.lacks === null || this.#before.size === 0) return false;
    const found = other.lacks.filter((name) => this.#before.get(name)?.delete(ticketOf(other)));
    return found.length > 0;
  }

  /** Who stands in front beside the tasks that were taken, per resource or lock. */
  get others(): ReadonlyMap<string, number> {
    const others = new Map(this.#kept.map((name) => [name, 1]));
    for (const [name, { size }] of this.#before) if (size > 0) others.set(name, size);
    return others;
  }
}
