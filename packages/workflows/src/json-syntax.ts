const POSITION = / ?(?:in JSON )?at position (\d+)(?: \(line \d+ column \d+\))?/;

/** What `JSON.parse` says of a text, in its words, and where. O(length × log length) where it does not say it. */
export function jsonSyntaxError(
  error: unknown,
  text: string,
): { readonly message: string; readonly offset: number } {
  const whole = error instanceof Error ? error.message : String(error);
  const position = POSITION.exec(whole);
  const [message = ""] = whole
    .replace(POSITION, "")
    .replace(/, (?:\.{3})?"[\s\S]* is not valid JSON$/, "")
    .replace(/ in JSON$/, "")
    .split("\n");
  return { message, offset: position ? Number(position[1]) : firstBad(text) };
}

/** Where a text stops being the beginning of JSON. */
function firstBad(text: string): number {
  let [good, bad] = [0, text.length];
  while (good < bad) {
    const middle = (good + bad + 1) >>> 1;
    if (isBeginning(text.slice(0, middle))) good = middle;
    else bad = middle - 1;
  }
  return good;
}

function isBeginning(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const { message } = error as SyntaxError;
    const position = POSITION.exec(message);
    return position ? Number(position[1]) >= text.length : /^Unexpected end|^Unterminated/.test(message);
  }
}
