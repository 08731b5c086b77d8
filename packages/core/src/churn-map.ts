/** Fewer deletions than this are not worth a copy. */
const FEWEST = 64;
/** A larger map is left as it is: to copy it would hold the event loop for milliseconds, and what it holds grows old anyway. */
const LARGEST = 16_384;

/**
 * A `Map` for what comes and goes, in the order in which it came. O(1) amortised.
 *
 * V8 gives a `Map` a new table when half of what its table holds has been deleted, and links the old table to it, for
 * iterators. A slow collection moves the table of that moment to the old space; from then on all that follow hang on a dead
 * old table, and the quick collections keep them, with all that was in them, until the next slow one: everything that ever
 * was in the map is copied twice, in pauses of up to 15 ms. So a map that has lost as much as it holds is copied into a new
 * one, before V8 does it and without a link. An iterator made before that shows what was there then.
 */
export class ChurnMap<Key, Value> {
  #map = new Map<Key, Value>();
  #deleted = 0;

  get size(): number {
    return this.#map.size;
  }

  get(key: Key): Value | undefined {
    return this.#map.get(key);
  }

  has(key: Key): boolean {
    return this.#map.has(key);
  }

  set(key: Key, value: Value): void {
    this.#map.set(key, value);
  }

  /** Whether it was there. */
  delete(key: Key): boolean {
    const wasThere = this.#map.delete(key);
    if (wasThere && ++this.#deleted >= FEWEST) this.#renew();
    return wasThere;
  }

  keys(): MapIterator<Key> {
    return this.#map.keys();
  }

  values(): MapIterator<Value> {
    return this.#map.values();
  }

  #renew(): void {
    const { size } = this.#map;
    if (this.#deleted < size || size > LARGEST) return;
    this.#map = new Map(this.#map);
    this.#deleted = 0;
  }
}
