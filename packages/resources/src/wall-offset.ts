/** A wall clock counts whole milliseconds: differences up to this are not a clock that was set. */
const ROUNDING_MS = 5;

/** How much the monotonic clock is behind the wall clock, in milliseconds; the rounding of the latter does not count. */
export class WallOffset {
  #offset = Number.NaN;

  /** As told by one instant on both clocks. */
  of(at: number, monotonic: number): number {
    const offset = at - monotonic;
    if (!(Math.abs(offset - this.#offset) <= ROUNDING_MS)) this.#offset = offset;
    return this.#offset;
  }
}
