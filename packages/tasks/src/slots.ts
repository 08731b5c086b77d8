/** Who waits for a place. */
interface Turnstile<Place> {
  readonly enter: (place: Place) => void;
}

/**
 * Places for running attempts, given in the order of asking; of the free ones that which was used last. Places are made
 * when they are first needed.
 */
export class Slots<Place> {
  readonly #make: () => Place;
  readonly #free: Place[] = [];
  #unmade: number;
  readonly #waiting = new Set<Turnstile<Place>>();

  constructor(count: number, make: () => Place) {
    this.#unmade = count;
    this.#make = make;
  }

  /** A place, which is to be given back, if one is free. */
  tryTake(): Place | null {
    const free = this.#free.pop();
    if (free !== undefined || this.#unmade === 0) return free ?? null;
    this.#unmade--;
    return this.#make();
  }

  /** Resolves with a place, which is to be given back, or with null when `signal` aborts first. */
  take(signal: AbortSignal): Promise<Place | null> {
    if (signal.aborted) return Promise.resolve(null);
    const free = this.tryTake();
    if (free !== null) return Promise.resolve(free);
    return new Promise((resolve) => {
      const leave = (place: Place | null) => {
        this.#waiting.delete(turnstile);
        signal.removeEventListener("abort", onAbort);
        resolve(place);
      };
      const onAbort = () => leave(null);
      const turnstile: Turnstile<Place> = { enter: leave };
      this.#waiting.add(turnstile);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Gives a place back: to who waits longest, if anybody does. */
  give(place: Place): void {
    const [next] = this.#waiting;
    if (next) next.enter(place);
    else this.#free.push(place);
  }
}
