import { type Clock, type EventBus, OrchestrationError, toIso } from "@orch/core";
import { shownValue } from "@orch/core/base";
import { type Acquirer, readWaitOptions, type WaitOptions } from "./acquirer.ts";
import { denialOf } from "./denial.ts";
import type { ResourceEvent } from "./events.ts";
import type { Ledger } from "./ledger.ts";
import type { Grant } from "./ledger-state.ts";
import type { Refusal } from "./refusal.ts";
import type { Request } from "./request.ts";

/** Who asked for what: for the report of a request that could not even be read. */
export interface Asked {
  readonly user: unknown;
  readonly requirements: unknown;
}

/** Turns requests into grants or into the error that says why not, and tells every denial. */
export class Admission {
  readonly #ledger: Ledger;
  readonly #acquirer: Acquirer;
  readonly #events: EventBus<ResourceEvent>;
  readonly #clock: Clock;

  constructor(parts: { ledger: Ledger; acquirer: Acquirer; events: EventBus<ResourceEvent>; clock: Clock }) {
    this.#ledger = parts.ledger;
    this.#acquirer = parts.acquirer;
    this.#events = parts.events;
    this.#clock = parts.clock;
  }

  /** Grants now, or says why not. Never throws an OrchestrationError. */
  now(request: Request | OrchestrationError, asked: Asked): Grant | OrchestrationError {
    if (request instanceof OrchestrationError) return this.#deny(request, asked);
    try {
      return this.#outcome(this.#acquirer.now(request), request);
    } catch (error) {
      if (error instanceof OrchestrationError) return this.#deny(error, asked);
      throw error;
    }
  }

  /** Grants as soon as it fits, or says why it never will or did not in time. Rejects when the signal aborts. */
  async wait(
    request: Request | OrchestrationError,
    asked: Asked,
    options: WaitOptions,
  ): Promise<Grant | OrchestrationError> {
    if (request instanceof OrchestrationError) return this.#deny(request, asked);
    const terms = readWaitOptions(options);
    if (terms instanceof OrchestrationError) return this.#deny(terms, asked);
    return this.#outcome(await this.#acquirer.wait(request, terms), request);
  }

  #outcome(outcome: Grant | Refusal, request: Request): Grant | OrchestrationError {
    if (outcome.ok) return outcome;
    return this.#deny(denialOf(outcome, request.user, request.requirements, this.#ledger), request);
  }

  #deny(error: OrchestrationError, { user, requirements }: Asked): OrchestrationError {
    if (this.#events.hasListeners("resource_denied")) {
      const at = toIso(this.#clock.now());
      this.#events.emit({
        type: "resource_denied",
        at,
        user_id: typeof user === "string" ? user : shownValue(user),
        requirements,
        reason: error.message,
      });
    }
    return error;
  }
}
