import { copyJson } from "./copy-json.ts";
import { perform } from "./perform.ts";
import type { Runner } from "./runner.ts";

/** Runs attempts in this thread: for short or waiting code. It can be asked to stop, but not be made to. */
export const inlineRunner: Runner = {
  // What an action does to its parameters must not reach the results that they came from; a thread gets a copy, too.
  run: ({ resolved, parameters, context }) => perform(resolved, copyJson(parameters), context),
  close: () => Promise.resolve(),
};
