import type { JsonValue } from "@orch/core";
import { z } from "zod";
import type { Amounts } from "./demand.ts";
import { DURATION_RULE, isAmount, isDuration } from "./quantity.ts";

/** A finite number above 0; the message holds what was received. */
export const amountSchema = z.custom<number>(isAmount, {
  error: "must be a finite number above 0",
});

/** Milliseconds above 0, 100 years at most. */
export const durationSchema = z.custom<number>(isDuration, { error: `must be ${DURATION_RULE}` });

/** Amounts by dimension, at least one. */
export const amountsSchema: z.ZodType<Amounts, Amounts> = z
  .record(z.string().min(1), amountSchema)
  .refine((amounts) => Object.keys(amounts).length > 0, { error: "needs at least one dimension" });

/** A number of 0 or more. */
export const countSchema = z.custom<number>((value) => value === 0 || isAmount(value), {
  error: "must be a finite number of 0 or more",
});

/** Free JSON facts beside a record. */
export const metadataSchema = z.record(z.string(), z.json()) as z.ZodType<
  Readonly<Record<string, JsonValue>>,
  Readonly<Record<string, JsonValue>>
>;
