/** How far a project is. */
export const ProjectStatus = {
  PLANNING: "planning",
  ACTIVE: "active",
  PAUSED: "paused",
  COMPLETED: "completed",
  ARCHIVED: "archived",
  FAILED: "failed",
} as const;
/** One of planning, active, paused, completed, archived, failed. */
export type ProjectStatus = (typeof ProjectStatus)[keyof typeof ProjectStatus];

/** Whether a project may go from one status to another: every move but one out of `archived`. */
export const canMove = (from: ProjectStatus, to: ProjectStatus): boolean =>
  from !== ProjectStatus.ARCHIVED || to === ProjectStatus.ARCHIVED;
