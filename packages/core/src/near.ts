const MAX_DISTANCE = 3;
const MIN_PREFIX = 4;
const MAX_NAMES = 3;

/**
 * The names that were probably meant: at edit distance 3 or less and with at least half of the letters right, or sharing a prefix
 * of 4 letters or more; case does not count. Best first, at most 3, none twice. O(letters of all names).
 */
export function nearestNames(wanted: string, names: Iterable<string>): string[] {
  const ranked: { name: string; distance: number }[] = [];
  const lower = wanted.toLowerCase();
  for (const name of new Set(names)) {
    const other = name.toLowerCase();
    const distance = editDistance(lower, other);
    // A short name is near everything: at least half of the letters must be right.
    const close = distance <= MAX_DISTANCE && 2 * distance <= Math.max(lower.length, other.length);
    if (close || sharesPrefix(lower, other)) ranked.push({ name, distance });
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

const sharesPrefix = (a: string, b: string): boolean =>
  a.length >= MIN_PREFIX && b.startsWith(a.slice(0, MIN_PREFIX));

/** Beyond the limit, where the exact distance does not matter. */
const FAR = MAX_DISTANCE + 1;

/**
 * Levenshtein's distance, or {@link FAR} when it is above the limit. Only the cells that far from the diagonal are
 * filled, since any way through another cell costs more than the limit: linear, also for long names.
 */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > MAX_DISTANCE) return FAR;
  // row[d] is the distance of a's first i letters to b's first i + d - MAX_DISTANCE letters.
  let row = Array.from({ length: 2 * MAX_DISTANCE + 1 }, (_, d) =>
    d < MAX_DISTANCE ? FAR : d - MAX_DISTANCE,
  );
  for (let i = 1; i <= a.length; i++) {
    const next: number[] = [];
    for (let d = 0; d <= 2 * MAX_DISTANCE; d++) {
      const j = i + d - MAX_DISTANCE;
      if (j < 0 || j > b.length) {
        next.push(FAR);
        continue;
      }
      const replaced = j === 0 ? FAR : (row[d] ?? FAR) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(FAR, replaced, (row[d + 1] ?? FAR) + 1, (next[d - 1] ?? FAR) + 1));
    }
    row = next;
  }
  return row[b.length - a.length + MAX_DISTANCE] ?? FAR;
}
