/**
 * How a lock is shared. `read` shares with reads; `write` keeps out every other lock; `exclusive` is a write that also
 * waits until nobody holds an amount of the resource of that name, and lets nobody take one meanwhile.
 */
export const AccessMode = { READ: "read", WRITE: "write", EXCLUSIVE: "exclusive" } as const;
/** One of read, write, exclusive. */
export type AccessMode = (typeof AccessMode)[keyof typeof AccessMode];

const STRENGTH = { read: 0, write: 1, exclusive: 2 } satisfies Record<AccessMode, number>;

/** Whether `value` is an access mode. */
export const isAccessMode = (value: unknown): value is AccessMode =>
  typeof value === "string" && Object.hasOwn(STRENGTH, value);

/** Whether two modes exclude each other. */
export const conflict = (a: AccessMode, b: AccessMode): boolean => a !== "read" || b !== "read";

/** The mode that covers both: a task that reads and writes one thing needs it in write mode. */
export const strongerMode = (a: AccessMode, b: AccessMode): AccessMode =>
  STRENGTH[a] >= STRENGTH[b] ? a : b;
