import { memoryStore, type Store } from "@orch/core";
import type { ProcessProbe } from "../src/process-identity.ts";

/** A process on a {@link SharedDisk}. */
export interface SimulatedProcess {
  readonly store: Store;
  readonly probe: ProcessProbe;
  /** From now on it writes nothing, and the others see that it is gone. */
  die(): void;
}

/** When a process dies: after that many of its commits, and before or after it could act on the last one. */
export interface Death {
  readonly commits: number;
  readonly acted: boolean;
}

/** A disk that several processes use, as if each had its own connection to a file. */
export class SharedDisk {
  readonly #disk = memoryStore();
  readonly #alive = new Set<number>();
  #commits = 0;
  #pids = 0;

  /** What lies on it. */
  get records(): Store {
    return this.#disk;
  }

  /** A new process, which may be told when it dies. */
  start(death: Death | null = null): SimulatedProcess {
    const pid = ++this.#pids;
    this.#alive.add(pid);
    let own = 0;
    const die = () => {
      this.#alive.delete(pid);
    };
    const dead = () => !this.#alive.has(pid);
    const transact: Store["transact"] = (work) => {
      if (death && own >= death.commits) die();
      if (dead()) throw new Error("The process has died");
      const result = this.#disk.transact(work);
      own++;
      this.#commits++;
      if (death && own === death.commits && !death.acted) {
        die();
        throw new Error("The process has died");
      }
      return result;
    };
    return {
      store: {
        get: (key) => this.#disk.get(key),
        list: (prefix, options) => this.#disk.list(prefix, options),
        foreignVersion: () => this.#commits - own,
        close: () => {},
        transact,
      },
      probe: {
        self: { pid, startTime: "0", bootId: "boot", pidNamespace: "pid" },
        liveness: (other) => (this.#alive.has(other.pid) ? "alive" : "dead"),
      },
      die,
    };
  }
}
