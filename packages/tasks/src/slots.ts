/**
 * Places for running attempts, given in the order of asking; of the free ones that which was used last. Places are made
 * when they are first needed.
 */
export class Slots<Place> {
  readonly #make: () => Place;
  readonly #free: Place[] = [];
  #unmade: number;
  readonly #waiting = new Set<(place: Place) => void>();

  constructor(count: number, make: () => Place) {
    this.#unmade = count;
    this.#make = make;
  }

  /**
   * Calls `enter` with a place, which is to be given back: at once when one is free, else when it is its turn, from inside
   * of {@link give}. Returns the undo, for one who waits no more.
   */
  take(enter: (place: Place) => void): () => void {
    const free = this.#tryTake();
    if (free === null) this.#waiting.add(enter);
    else enter(free);
    return () => void this.#waiting.delete(enter);
  }

  /** Gives a place back: to who waits longest, if anybody does. */
  give(place: Place): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#free.push(place);
    else {
      this.#waiting.delete(next);
      next(place);
    }
  }

  #tryTake(): Place | null {
    const free = this.#free.pop();
    if (free !== undefined || this.#unmade === 0) return free ?? null;
    this.#unmade--;
    return this.#make();
  }
}
