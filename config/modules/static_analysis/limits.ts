/** Bounds that keep the analysis and its output small, whatever the size of the tree. */
export const LIMITS = {
  /** Largest files listed. */
  largestFiles: 10,
  /** Most complex functions listed. */
  complexFunctions: 15,
  /** Longest functions listed. */
  longestFunctions: 10,
  /** Comments with a note to do something listed. */
  todos: 20,
  /** Parse errors listed. */
  parseErrors: 20,
  /** Skipped files listed, of each reason. */
  skippedPerReason: 10,
  /** Characters of a path or name before its middle is cut out. */
  name: 200,
  /** Characters of quoted text. */
  text: 160,
  /** A function above this complexity is called complex. */
  complexFunction: 10,
  /** A function above this many lines is called long. */
  longFunction: 60,
  /** A file above this many lines is called large. */
  largeFile: 500,
} as const;

/** `text` in at most `length` characters; what is too much is cut from the middle, so that both ends can be read. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  const head = Math.ceil((length - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (length - 1 - head))}`.toWellFormed();
}
