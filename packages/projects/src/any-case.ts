import { z } from "zod";

/** One of `words`, in any case: values on disk and from callers are read alike. */
export const anyCase = <Words extends Readonly<Record<string, string>>>(words: Words) =>
  z.preprocess((value) => (typeof value === "string" ? value.toLowerCase() : value), z.enum(words));
