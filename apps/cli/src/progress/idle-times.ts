import type { EngineEvent } from "@orch/engine";

/** When no process had a run, as far as its events tell: from the last one before it was gone on with to that. */
export class IdleTimes {
  readonly #gaps: { readonly from: number; readonly to: number }[] = [];
  #last = 0;

  /** Takes in the next event of the run. */
  seen(event: EngineEvent): void {
    const at = "at" in event && typeof event.at === "number" ? event.at : this.#last;
    if (event.type === "workflow_started" && event.resumed && this.#last > 0 && at > this.#last)
      this.#gaps.push({ from: this.#last, to: at });
    this.#last = Math.max(this.#last, at);
  }

  /** Milliseconds without a process between two moments. O(how often the run was gone on with). */
  between(from: number, to: number): number {
    return this.#gaps.reduce(
      (sum, gap) => sum + Math.max(0, Math.min(to, gap.to) - Math.max(from, gap.from)),
      0,
    );
  }
}
