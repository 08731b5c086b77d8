/** A number with its noun: `1 step`, `2 steps`. */
export const count = (many: number, noun: string): string => `${many} ${noun}${many === 1 ? "" : "s"}`;
