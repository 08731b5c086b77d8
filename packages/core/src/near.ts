const MAX_DISTANCE = 3;
const MIN_PREFIX = 4;
const MAX_NAMES = 3;

/**
 * The names that were probably meant: at edit distance 3 or less, or sharing a prefix of 4 letters or more, best first,
 * at most 3. O(names × length²).
 */
export function nearestNames(wanted: string, names: Iterable<string>): string[] {
  const ranked: { name: string; distance: number }[] = [];
  for (const name of names) {
    const distance = editDistance(wanted.toLowerCase(), name.toLowerCase());
    // A short name is near everything: the distance must leave at least one letter in place.
    const close = distance <= MAX_DISTANCE && distance < Math.max(wanted.length, name.length);
    if (close || commonPrefix(wanted, name) >= MIN_PREFIX) ranked.push({ name, distance });
  }
  return ranked
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, MAX_NAMES)
    .map(({ name }) => name);
}

/** The suggestion for near names: `["Did you mean 'x' or 'y'?"]`, or `[]` without any. */
export function didYouMean(near: readonly string[]): string[] {
  return near.length === 0 ? [] : [`Did you mean ${near.map((name) => `'${name}'`).join(" or ")}?`];
}

function commonPrefix(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length]?.toLowerCase() === b[length]?.toLowerCase()) length++;
  return length;
}

/** Levenshtein's distance, one row at a time; gives up (a large number) where lengths alone exceed the limit. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > MAX_DISTANCE) return Number.MAX_SAFE_INTEGER;
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
