import { systemClock } from "@orch/core";
import { cleanText } from "@orch/core/base";
import { createLogUpdate } from "log-update";
import { paint } from "../paint.ts";
import type { Terminal } from "../terminal.ts";
import { layOut, type Placed } from "./layout.ts";
import { pauseText } from "./pause-text.ts";
import type { Reporter } from "./reporter.ts";
import type { RunView } from "./run-view.ts";
import { treeLines } from "./tree.ts";

/** Ten pictures a second look alive and cost next to nothing. */
const FRAME_MS = 100;

/** A tree of steps that is drawn anew in place, for people who watch. */
export function treeReporter(terminal: Terminal, clock = systemClock): Reporter {
  const update = createLogUpdate(terminal.screen as unknown as NodeJS.WriteStream);
  let picture: { readonly view: RunView; shape: number; placed: readonly Placed[] } | null = null;
  let stop = () => {};
  const draw = () => {
    if (!picture) return;
    const { view } = picture;
    // Steps inside of steps come and go.
    if (picture.shape !== view.shape) picture = { view, shape: view.shape, placed: layOut(view) };
    const { columns, rows } = terminal;
    update(treeLines(view, picture.placed, { columns, rows, now: clock.now() }).join("\n"));
  };
  const animate = () => {
    draw();
    stop = clock.setTimer(animate, FRAME_MS);
  };
  const above = (text: string) => {
    update.clear();
    terminal.err(text);
    draw();
  };
  return {
    begin(view) {
      picture = { view, shape: view.shape, placed: layOut(view) };
      animate();
    },
    // All else is drawn with the next picture.
    event(event, view) {
      const text = pauseText(event, cleanText(view.viewOf(event)?.path ?? ""));
      if (text !== null) above(paint.warn(text));
    },
    note: (text) => above(paint.warn(text)),
    printed: above,
    end() {
      stop();
      draw();
      picture = null;
      update.done();
    },
  };
}
