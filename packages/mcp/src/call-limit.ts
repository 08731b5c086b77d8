import type { Clock } from "@orch/core";
import { rateLimited } from "./errors.ts";
import type { Policy } from "./policy.ts";

/** How many calls a caller has open, and how many he may still begin. */
interface Account {
  open: number;
  tokens: number;
  /** On the clock that never jumps. */
  at: number;
}

/** What calls of each caller are held to: so many at once, so many a second after a burst. */
export class CallLimit {
  readonly #limits: Policy["limits"];
  readonly #clock: Clock;
  readonly #accounts = new Map<string, Account>();

  constructor(limits: Policy["limits"], clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Lets a call begin; disposing of what is returned is its end. Throws RATE_LIMITED. */
  enter(caller: string): Disposable {
    const { calls_per_second: perSecond, burst, at_once: atOnce } = this.#limits;
    const now = this.#clock.monotonic();
    const account = this.#accounts.get(caller) ?? { open: 0, tokens: burst, at: now };
    this.#accounts.set(caller, account);
    account.tokens = Math.min(burst, account.tokens + ((now - account.at) / 1000) * perSecond);
    account.at = now;
    if (account.open >= atOnce)
      throw rateLimited(`${account.open} calls are open, and the limit is ${atOnce}`, 1000);
    if (account.tokens < 1)
      throw rateLimited(
        `More than ${perSecond} calls a second`,
        Math.ceil(((1 - account.tokens) / perSecond) * 1000),
      );
    account.tokens--;
    account.open++;
    return { [Symbol.dispose]: () => void account.open-- };
  }
}
