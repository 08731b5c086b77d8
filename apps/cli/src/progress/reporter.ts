import type { EngineEvent } from "@orch/engine";
import type { RunView } from "./run-view.ts";

/** Shows a run while it goes on. */
export interface Reporter {
  /** The run is on disk and has begun. */
  begin(view: RunView): void;
  /** Something happened; the view has taken it in already. */
  event(event: EngineEvent, view: RunView): void;
  /** Something worth a line that is no event: a warning, what a signal does. Clean already. */
  note(text: string): void;
  /** A line that the code of a step has printed. Clean already. */
  printed(text: string): void;
  /** Nothing more happens; leaves the last state on the screen. May be called twice. */
  end(view: RunView): void;
}
