import type { Clock, EventBus, IdGenerator, Logger } from "@orch/core";
import type { ResourceManager } from "@orch/resources";
import type { TaskRuntime } from "@orch/tasks";
import type { SessionEvent } from "./session-events.ts";

/** What `Sessions` need of the world. */
export interface SessionsInit {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: IdGenerator;
  readonly events: EventBus<SessionEvent>;
  readonly resourceManager: ResourceManager;
  /** The loop, once there is one. */
  readonly runtime: () => TaskRuntime;
  /** Ends the tasks and executions of a session, also those that nobody waits for; resolves when that is on disk, or asked of their processes. */
  readonly cancelAll: (sessionId: string) => Promise<unknown>;
  /** The same of those of this process. */
  readonly cancelHere: (sessionId: string) => void;
  /** A session is paused no longer: what waits for that goes on. */
  readonly goOn: () => void;
  /** Whether tasks or executions of a session have not ended. */
  readonly hasOpenWork: (sessionId: string) => boolean;
}
