/**
 * Instances of this very process that have ended: nothing of them runs or writes any more, although their process lives and
 * their records are still in the store, because code went on running when they were closed.
 */
const ENDED = new Set<string>();

/** An instance of this process has ended for good. */
export const instanceEnded = (id: string): void => void ENDED.add(id);

/** Whether an instance was one of this process and has ended. */
export const hasEnded = (id: string): boolean => ENDED.has(id);
