import { fence, type Turn } from "@orch/tasks";
import { readRequests, type StoredRequest } from "./execution-request.ts";

/** What many executions of one turn would each look up again: it cannot change while the turn lasts. */
interface Known {
  readonly requests: ReadonlyMap<string, readonly StoredRequest[]>;
  readonly fenced: Set<string>;
}

/** Looks up once in a turn what concerns all executions. */
export class TurnReads {
  readonly #known = new WeakMap<Turn, Known>();

  /** What is asked of an execution, oldest first. O(1) but for the first call of a turn: O(requests). */
  requestsOf(id: string, turn: Turn): readonly StoredRequest[] {
    return this.#of(turn).requests.get(id) ?? [];
  }

  /** Keeps an instance from writing, should its process live after all. */
  fence(instance: string, turn: Turn): void {
    const { fenced } = this.#of(turn);
    if (fenced.has(instance)) return;
    fenced.add(instance);
    fence(instance, turn);
  }

  #of(turn: Turn): Known {
    const known = this.#known.get(turn) ?? {
      requests: Map.groupBy(readRequests(null, turn.store), ({ id }) => id),
      fenced: new Set<string>(),
    };
    this.#known.set(turn, known);
    return known;
  }
}
