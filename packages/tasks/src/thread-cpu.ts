import { systemClock } from "@orch/core/base";

/** What is shorter is not measured: to ask the system would take longer than the work. */
const SHORT_MS = 1;

/** Measures the processor time of attempts that this thread runs one after the other. */
export class ThreadCpu {
  /** Of the thread when it was last asked for. */
  #knownMs = 0;
  /** Of the short attempts since then. */
  #shortMs = 0;
  #beganMs = 0;

  /** An attempt begins. */
  begin(): void {
    this.#beganMs = systemClock.monotonic();
  }

  /** What it took, milliseconds: measured, but of one shorter than a millisecond its whole duration. */
  end(): number {
    const lastedMs = systemClock.monotonic() - this.#beganMs;
    if (lastedMs < SHORT_MS) {
      this.#shortMs += lastedMs;
      return lastedMs;
    }
    const { user, system } = process.threadCpuUsage();
    const nowMs = (user + system) / 1000;
    const usedMs = nowMs - this.#knownMs - this.#shortMs;
    [this.#knownMs, this.#shortMs] = [nowMs, 0];
    return Math.min(Math.max(0, usedMs), lastedMs);
  }
}
