import { createLogUpdate } from "log-update";
import { systemClock } from "@orch/core";
import { clean } from "../clean.ts";
import { paint } from "../paint.ts";
import type { Terminal } from "../terminal.ts";
import type { Reporter } from "./reporter.ts";
import type { RunView } from "./run-view.ts";
import { treeLines } from "./tree.ts";

/** Ten pictures a second look alive and cost next to nothing. */
const FRAME_MS = 100;

/** A tree of steps that is drawn anew in place, for people who watch. */
export function treeReporter(terminal: Terminal): Reporter {
  const update = createLogUpdate(process.stdout);
  let view: RunView | null = null;
  let stop = () => {};
  const draw = () => {
    if (view) update(treeLines(view, { columns: terminal.columns, rows: terminal.rows, now: systemClock.now() }).join("\n"));
  };
  const animate = () => {
    draw();
    stop = systemClock.setTimer(animate, FRAME_MS);
  };
  return {
    begin(begun) {
      view = begun;
      animate();
    },
    // Drawn with the next picture.
    event: () => {},
    note(text) {
      update.clear();
      terminal.err(paint.warn(clean(text)));
      draw();
    },
    end() {
      stop();
      draw();
      update.done();
    },
  };
}
