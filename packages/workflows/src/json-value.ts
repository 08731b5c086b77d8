/** What one look at a value from `JSON.parse` tells of it. */
export interface JsonLook {
  /** How many keys its objects have: fewer than its text where one stood twice. */
  keys: number;
  /** Whether it holds what JSON text can say and JSON cannot hold: infinite numbers, -0, and forbidden keys. */
  isLossy: boolean;
}

/** Looks at a value from `JSON.parse`, which was not nested too deeply. O(size). */
export function lookAtJson(value: unknown): JsonLook {
  const look: JsonLook = { keys: 0, isLossy: false };
  lookInside(value, look);
  return look;
}

function lookInside(value: unknown, look: JsonLook): void {
  if (typeof value === "number") {
    if (!Number.isFinite(value) || Object.is(value, -0)) look.isLossy = true;
  } else if (typeof value !== "object" || value === null) return;
  else if (Array.isArray(value)) for (const each of value) lookInside(each, look);
  else {
    // No list of the keys is made: what `JSON.parse` gives inherits none.
    for (const key in value) {
      look.keys++;
      if (key === "__proto__" || key === "constructor" || key === "prototype") look.isLossy = true;
      lookInside((value as Record<string, unknown>)[key], look);
    }
  }
}
