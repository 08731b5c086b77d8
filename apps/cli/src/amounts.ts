import { InvalidParametersError } from "@orch/core";

/**
 * Reads how much: one number, or `dimension=number` as often as needed; undefined for nothing. `option` is what it was given
 * with. Throws INVALID_PARAMETERS.
 */
export function readAmounts(
  texts: readonly string[] | undefined,
  option: string,
): number | Record<string, number> | undefined {
  if (texts === undefined || texts.length === 0) return undefined;
  const [first = ""] = texts;
  if (texts.length === 1 && !first.includes("=")) return numberIn(first, option);
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf("=");
      if (at < 1) throw notAmount(text, option);
      return [text.slice(0, at), numberIn(text.slice(at + 1), option)];
    }),
  );
}

function numberIn(text: string, option: string): number {
  const value = Number(text);
  if (!/^\d*\.?\d+(e\d+)?$/i.test(text) || !Number.isFinite(value) || value <= 0)
    throw notAmount(text, option);
  return value;
}

const notAmount = (text: string, option: string): InvalidParametersError =>
  new InvalidParametersError(`${option} takes a number above 0, or dimension=number, was '${text}'`, {
    details: { value: text },
    suggestions: [`For example: ${option} 8, or ${option} cores=8 ${option} threads=16`],
  });
