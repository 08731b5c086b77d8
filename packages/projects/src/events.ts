/** What happens to projects, told after it is stored. */
export type ProjectEvent = {
  readonly project_name: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
} & (
  | {
      readonly type: "project_created";
      readonly status: string;
      readonly project_type: string;
      readonly path: string;
      readonly template: string | null;
    }
  | {
      readonly type: "project_updated";
      readonly status: string;
      /** The keys of its dict that changed. */
      readonly changed: readonly string[];
    }
  | { readonly type: "project_archived"; readonly status: string; readonly archive: string }
  | { readonly type: "project_deleted"; readonly status: string; readonly files_removed: boolean }
  | { readonly type: "project_milestone_added"; readonly milestone_name: string; readonly status: string }
);
