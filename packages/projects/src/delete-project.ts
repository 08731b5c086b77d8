import type { IdGenerator, Store } from "@orch/core";
import { exclusively } from "./exclusively.ts";
import { unmakeProject } from "./project-file.ts";
import type { ProjectIndex } from "./project-index.ts";
import { forgetPath, rememberedPaths } from "./remembered.ts";
import { putAside } from "./remove-project.ts";
import { deleteNote, notesOf } from "./run-note.ts";

/** A project that nobody finds any more. */
export interface DeletedProject {
  readonly status: string;
  /** Removes its files, where that was asked for. Throws STORAGE_ERROR. */
  finish(): void;
}

/** What a project is deleted with. */
export interface DeleteInit {
  readonly store: Store;
  readonly index: ProjectIndex;
  readonly newId: IdGenerator;
  /** What may lie in no directory that is removed. */
  readonly kept: readonly string[];
}

/** Takes a project out of what there is, with what is noted of it; null for an unknown one. When that fails all is as before. */
export function deleteProject(name: string, removeFiles: boolean, init: DeleteInit): DeletedProject | null {
  const { store, index, newId, kept } = init;
  let undo = () => {};
  try {
    return exclusively(store, (tx) => {
      const project = index.find(name);
      const isRemembered = rememberedPaths(tx).has(name);
      if (project === null && !isRemembered) return null;
      for (const { id } of notesOf(name, tx)) deleteNote(tx, id);
      forgetPath(tx, name, project?.path ?? null);
      if (project === null) return { status: "failed", finish: () => {} };
      if (!removeFiles) {
        undo = unmakeProject(project.path);
        return { status: project.status, finish: () => {} };
      }
      const aside = putAside(project.path, newId(), kept);
      undo = aside.undo;
      return { status: project.status, finish: aside.finish };
    });
  } catch (cause) {
    undo();
    throw cause;
  }
}
