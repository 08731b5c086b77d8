import { perform } from "./perform.ts";
import type { Runner } from "./runner.ts";

/** Runs attempts in this thread: for short or waiting code. It can be asked to stop, but not be made to. */
export const inlineRunner: Runner = {
  run: ({ resolved, parameters, context }) => perform(resolved, parameters, context),
  close: () => Promise.resolve(),
};
