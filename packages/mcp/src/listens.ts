import { isObject } from "@orch/core";
import type { ResourceWatch } from "./resource-watch.ts";
import { MOST_WATCHED } from "./serve-subscriptions.ts";

/** The request by which clients of the newer era watch resources, for as long as it is open. */
export const LISTEN = "subscriptions/listen";

/** Requests of one client that are open. */
const MOST_OPEN = 64;

/** The open requests of one client to hear of resources: what they name is watched as long. */
export class Listens {
  readonly #watch: ResourceWatch;
  readonly #open = new Map<unknown, { readonly uris: readonly string[]; readonly undos: (() => void)[] }>();

  constructor(watch: ResourceWatch) {
    this.#watch = watch;
  }

  /** Requests that are open. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Watches what a request names until it is closed under its key; false for one too many, or too many resources. Rejects
   * with what opening the host throws.
   */
  async open(key: unknown, message: object): Promise<boolean> {
    this.close(key);
    const uris = listenedResources(message);
    const watched = [...this.#open.values()].reduce((sum, each) => sum + each.uris.length, 0);
    if (this.#open.size >= MOST_OPEN || watched + uris.length > MOST_WATCHED) return false;
    const own = { uris, undos: [] as (() => void)[] };
    this.#open.set(key, own);
    try {
      for (const uri of uris) {
        const undo = await this.#watch.hold(uri);
        own.undos.push(undo);
        // It was closed meanwhile.
        if (this.#open.get(key) !== own) undo();
      }
      return true;
    } catch (error) {
      this.close(key);
      throw error;
    }
  }

  /** Watches no longer what a request has named. */
  close(key: unknown): void {
    for (const undo of this.#open.get(key)?.undos ?? []) undo();
    this.#open.delete(key);
  }

  closeAll(): void {
    for (const key of [...this.#open.keys()]) this.close(key);
  }
}

/** The resources that a request wants to hear of. */
function listenedResources(message: object): string[] {
  const { params } = message as { readonly params?: unknown };
  const notifications = isObject(params) ? params["notifications"] : null;
  const uris = isObject(notifications) ? notifications["resourceSubscriptions"] : null;
  return Array.isArray(uris) ? [...new Set(uris.filter((uri) => typeof uri === "string"))] : [];
}
