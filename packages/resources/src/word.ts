import { didYouMean, InvalidParametersError, nearestNames, shownName } from "@orch/core/base";

/** The one of `words` that `value` names, in any letter case, or `null`. */
export function findWord<Word extends string>(value: unknown, words: readonly Word[]): Word | null {
  if (typeof value !== "string") return null;
  const wanted = value.toLowerCase();
  return words.find((word) => word === wanted) ?? null;
}

/**
 * The one of `words`, each a `kind` of resource ("type", "status"), that `value` names, in any letter case. Throws
 * INVALID_PARAMETERS with near names for anything else.
 */
export function parseWord<Word extends string>(kind: string, value: unknown, words: readonly Word[]): Word {
  const word = findWord(value, words);
  if (word !== null) return word;
  const near = typeof value === "string" ? nearestNames(value, words) : [];
  const message = `unknown resource ${kind} ${shownName(value)}`;
  throw new InvalidParametersError(message, {
    details: { problems: [{ path: kind, message }], near, available: words },
    suggestions: didYouMean(near),
  });
}
