import { paint } from "../paint.ts";
import type { StepView } from "./step-view.ts";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 100;

/** The sign of a step's status, one column wide; each differs without colour, too. With `now` a running one turns. */
export function sign({ status }: Pick<StepView, "status">, now = 0): string {
  switch (status) {
    case "waiting":
      return paint.dim("·");
    case "running":
      return paint.active(now === 0 ? "▶" : (FRAMES[Math.floor(now / FRAME_MS) % FRAMES.length] ?? "▶"));
    case "retrying":
      return paint.warn("↻");
    case "completed":
      return paint.good("✔");
    case "skipped":
      return paint.dim("○");
    default:
      return paint.bad("✖");
  }
}
