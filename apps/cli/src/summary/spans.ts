import type { RunView } from "../progress/run-view.ts";
import type { RunSpan } from "./gantt.ts";

/** When the steps of a run ran, in milliseconds from the start of the whole, without those when no process had it. */
export const spansOf = (run: RunView, view = run): RunSpan[] =>
  view.steps.flatMap(({ name, startedAt, endedAt, status, inner }) => {
    if (startedAt === 0 || endedAt === 0) return [];
    const [startMs, endMs] = [startedAt, endedAt].map((at) => run.workedMs(run.startedAt, at));
    const span = { name, status, startMs: startMs ?? 0, endMs: endMs ?? 0 };
    return [inner === null ? span : { ...span, inner: spansOf(run, inner) }];
  });
