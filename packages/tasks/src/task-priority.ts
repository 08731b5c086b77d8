/** How urgent a task is. */
export const TaskPriority = {
  CRITICAL: "critical",
  HIGH: "high",
  NORMAL: "normal",
  LOW: "low",
  BACKGROUND: "background",
} as const;
/** One of critical, high, normal, low, background. */
export type TaskPriority = (typeof TaskPriority)[keyof typeof TaskPriority];

/** Rank of each priority: 0 starts first. */
export const PRIORITY_ORDER = {
  critical: 0,
  high: 1,
  normal: 2,
  low: 3,
  background: 4,
} as const satisfies Record<TaskPriority, number>;

/** How many levels there are. */
export const PRIORITY_LEVELS = 5;
