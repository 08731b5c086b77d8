import { Ansis } from "ansis";

// Knows NO_COLOR, FORCE_COLOR and what the terminal can do.
const ansis = new Ansis();

/** Colours by meaning; every one of them is also said in words or signs. */
export const paint = {
  good: (text: string) => ansis.green(text),
  bad: (text: string) => ansis.red(text),
  warn: (text: string) => ansis.yellow(text),
  active: (text: string) => ansis.cyan(text),
  strong: (text: string) => ansis.bold(text),
  dim: (text: string) => ansis.dim(text),
};
