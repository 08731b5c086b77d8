import { errorMessage, type Logger } from "@orch/core";
import { shownValue } from "@orch/core/base";

/** What counts where no number came: the middle. */
const HALF = 0.5;

/**
 * Chance from outside, always a number from 0 to 1: what is too small or too large counts as the nearest of these, what is no
 * number, or throws, as 0.5. It is asked where nothing may fail, at the end of an attempt. The first such case is logged.
 */
export function boundedChance(random: () => number, logger: Logger): () => number {
  let isTold = false;
  const tell = (what: string): void => {
    if (!isTold) logger.warn(`The option random must give a number from 0, below 1: it ${what}`);
    isTold = true;
  };
  return () => {
    try {
      const chance: unknown = random();
      if (typeof chance === "number" && chance >= 0 && chance <= 1) return chance;
      tell(`gave ${shownValue(chance)}`);
      return typeof chance !== "number" || Number.isNaN(chance) ? HALF : Math.min(Math.max(chance, 0), 1);
    } catch (error) {
      tell(`threw: ${errorMessage(error)}`);
      return HALF;
    }
  };
}
