import type { OrchestrationError } from "@orch/core";
import type { OrchestrationSession, SessionWork } from "./session.ts";

/** What is begun in a session. */
export interface WorkInit extends Pick<SessionWork, "type" | "name"> {
  readonly session: OrchestrationSession;
  /** Called once, when it has ended. */
  readonly ended: (work: Work, id: string | null, success: boolean) => void;
}

/** A piece of work that runs in a session. */
export class Work {
  readonly session: OrchestrationSession;
  readonly type: SessionWork["type"];
  readonly name: string;
  readonly #ended: WorkInit["ended"];
  readonly #controller = new AbortController();
  #failure: OrchestrationError | null = null;
  #isOver = false;

  constructor({ session, type, name, ended }: WorkInit) {
    this.session = session;
    this.type = type;
    this.name = name;
    this.#ended = ended;
  }

  /** Aborted when its session ends before it does. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why its session has ended it, or null. */
  get failure(): OrchestrationError | null {
    return this.#failure;
  }

  /** Its session ends before it does. */
  abort(failure: OrchestrationError): void {
    if (this.#isOver || this.#failure !== null) return;
    this.#failure = failure;
    this.#controller.abort(failure);
  }

  /** It has ended; `id` is that of its execution or task, if it came to one. The second call does nothing. */
  end(id: string | null, success: boolean): void {
    if (this.#isOver) return;
    // Only here it may turn out that another process has closed the session, which is why it has ended.
    this.#ended(this, id, success);
    this.#isOver = true;
  }
}
