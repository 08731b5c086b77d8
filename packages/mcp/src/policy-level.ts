/** What a caller may do, from least to most; each includes those before it. */
export const PolicyLevel = {
  /** Look at everything. */
  READ: "read",
  /** Also run registered workflows, allocate resources, keep projects. */
  RUN: "run",
  /** Also compose workflows and tasks from allow-listed actions. */
  AUTHOR: "author",
  /** Also end what others have started, and answer for a person. */
  FULL: "full",
} as const;
/** One of read, run, author, full. */
export type PolicyLevel = (typeof PolicyLevel)[keyof typeof PolicyLevel];

const RANK = { read: 0, run: 1, author: 2, full: 3 } satisfies Record<PolicyLevel, number>;

/** The levels, from least to most. */
export const POLICY_LEVELS = Object.keys(RANK) as PolicyLevel[];

/** Whether a caller of level `has` may do what takes `needed`. */
export const reaches = (has: PolicyLevel, needed: PolicyLevel): boolean => RANK[has] >= RANK[needed];
