import { createHash } from "node:crypto";
import { errorMessage } from "@orch/core";
import {
  isOfRun,
  type KnownResource,
  type ResourceVersion,
  resourceAt,
  versionOf,
} from "./resource-version.ts";
import type { ToolRun } from "./run-tool.ts";

/** What a watch looks at, and by which clock. */
type WatchParts = Pick<ToolRun, "host" | "clock" | "logger">;

/** Between two looks at the same resource: four a second are told at most. */
const LOOK_MS = 250;
/** What is no run is read for it, so it is looked at so many times less often. */
const SELDOM = 4;
/** Resources that are looked at in one turn. */
const AT_ONCE = 256;
const SHORTEST_TURN_MS = 25;

interface Watched {
  readonly resource: KnownResource;
  holders: number;
  looks: number;
  version: ResourceVersion;
}

/**
 * Tells which of the resources that somebody holds have changed, whatever process has changed them: they are looked at four
 * times a second, runs by the sequence of their events, which is the same in all processes. So a resource is told of four
 * times a second at most, and what happened last is always told. While nothing is held nothing is looked at.
 */
export class ResourceWatch {
  readonly #parts: WatchParts;
  readonly #watched = new Map<string, Watched>();
  readonly #listeners = new Set<(uri: string) => void>();
  /** Those that are still to be looked at before it begins again. */
  #due: string[] = [];
  #stop: (() => void) | null = null;

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  /** Resources that are held. */
  get size(): number {
    return this.#watched.size;
  }

  /** Calls `listener` with the address of each resource that has changed, while it is held; returns the undo. */
  on(listener: (uri: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * Watches a resource from now on until the undo, which it resolves with, is called; of an address where nothing can be
   * that does nothing. Rejects with what opening the host throws.
   */
  async hold(uri: string): Promise<() => void> {
    const resource = resourceAt(uri);
    if (resource === null) return () => {};
    const host = await this.#parts.host();
    const watched = this.#watched.get(uri) ?? {
      resource,
      holders: 0,
      looks: 0,
      version: shortened(versionOf(resource, host, null)),
    };
    watched.holders++;
    this.#watched.set(uri, watched);
    this.#lookLater();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      if (--watched.holders > 0) return;
      this.#watched.delete(uri);
      if (this.#watched.size === 0) this.#rest();
    };
  }

  #lookLater(): void {
    const turns = Math.ceil(this.#watched.size / AT_ONCE);
    const delayMs = Math.max(SHORTEST_TURN_MS, LOOK_MS / turns);
    this.#stop ??= this.#parts.clock.setTimer(() => void this.#turn(), delayMs, { background: true });
  }

  #rest(): void {
    this.#stop?.();
    this.#stop = null;
    this.#due = [];
  }

  async #turn(): Promise<void> {
    this.#stop = null;
    const host = await this.#parts.host();
    if (this.#watched.size === 0) return;
    if (this.#due.length === 0) this.#due = [...this.#watched.keys()];
    for (const uri of this.#due.splice(0, AT_ONCE)) {
      const watched = this.#watched.get(uri);
      if (watched !== undefined && this.#hasChanged(watched, host))
        for (const listener of this.#listeners) listener(uri);
    }
    this.#lookLater();
  }

  #hasChanged(watched: Watched, host: Awaited<ReturnType<WatchParts["host"]>>): boolean {
    const { resource, version: before } = watched;
    if (!isOfRun(resource) && ++watched.looks % SELDOM !== 0) return false;
    try {
      watched.version = shortened(versionOf(resource, host, before));
    } catch (error) {
      // It is looked at again.
      this.#parts.logger.debug(`A watched resource cannot be looked at: ${errorMessage(error)}`);
    }
    return watched.version.text !== before.text;
  }
}

const LONG = 64;

/** A large resource is not kept for each that is watched. */
const shortened = ({ text, sequence }: ResourceVersion): ResourceVersion => ({
  text: text.length > LONG ? createHash("sha256").update(text).digest("hex") : text,
  sequence,
});
