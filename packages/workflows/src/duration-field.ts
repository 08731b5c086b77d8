import { LONGEST_MS } from "@orch/core/base";
import { z } from "zod";

const LONGEST_SECONDS = LONGEST_MS / 1000;

const tooLong = `must be ${LONGEST_SECONDS} seconds (100 years) at most`;

/** Seconds of a pause, 0 for none. */
export const secondsField = z.number().min(0, "must not be negative").max(LONGEST_SECONDS, tooLong);

/** A pause in milliseconds, 0 for none. */
export const delayField = z.number().min(0, "must not be negative").max(LONGEST_MS, tooLong);

/** A limit in milliseconds, null for none. */
export const limitField = z
  .number()
  .positive("must be above 0")
  .max(LONGEST_MS, tooLong)
  .nullable()
  .default(null);

/** Whether {@link delayField} takes a value. */
export const isDelay = (value: unknown): boolean =>
  typeof value === "number" && value >= 0 && value <= LONGEST_MS;

/** Whether {@link limitField} takes a value as it is. */
export const isLimit = (value: unknown): boolean =>
  value === null || (typeof value === "number" && value > 0 && value <= LONGEST_MS);
