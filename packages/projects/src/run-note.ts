import { type JsonObject, type StoreReader, type StoreTransaction, toIso } from "@orch/core";
import { z } from "zod";
import type { Project } from "./project.ts";

// A run of a workflow in a project is noted before it begins, under the id of its execution. When it has ended, first the
// number that `metrics.workflow_executions` is to have is noted (the intent), then the file of the project is written and the
// note deleted. A process may be killed between any two of these steps: whoever changes the project next finishes what is
// noted, and does so as often as it takes to the same end. So each execution is counted once.

const PREFIX = "project_runs/";
const noteSchema = z.object({
  project: z.string(),
  workflow: z.string(),
  /** Milliseconds since the epoch. */
  noted_at: z.number(),
  /** What the project's count of executions becomes with it; null while it has not ended. */
  count: z.int().nullable(),
  /** Milliseconds since the epoch. */
  ended_at: z.number().nullable(),
});

/** That a workflow runs in a project, or has run and is not counted yet. */
export type RunNote = z.infer<typeof noteSchema>;

/** A note and the execution that it is of. */
export interface NotedRun {
  readonly id: string;
  readonly note: RunNote;
}

/** How the execution of a note stands: `idle` has not ended and is run by nobody, `unknown` has no record. */
export type RunState =
  | { readonly is: "running" | "idle" | "unknown" }
  | { readonly is: "ended"; readonly at: number };

/** A run that has no record this long after it was noted never began: a minute, in milliseconds. */
const BEGINS_WITHIN_MS = 60_000;

/** The note of an execution; null for none. */
export function readNote(id: string, store: StoreReader): RunNote | null {
  return noteSchema.safeParse(store.get(`${PREFIX}${id}`)).data ?? null;
}

/** The notes of a project, in the order in which the runs were begun. O(all that are noted). */
export function notesOf(project: string, store: StoreReader): NotedRun[] {
  return store.list(PREFIX).flatMap(([key, value]) => {
    const { data: note } = noteSchema.safeParse(value);
    return note?.project === project ? [{ id: key.slice(PREFIX.length), note }] : [];
  });
}

export const putNote = (tx: StoreTransaction, { id, note }: NotedRun): void => tx.put(`${PREFIX}${id}`, note);
export const deleteNote = (tx: StoreTransaction, id: string): void => tx.delete(`${PREFIX}${id}`);

/** How many executions a project has had; 0 where its metrics say something else than a number of them. */
export function countOf({ metrics }: Project): number {
  const count = metrics["workflow_executions"];
  return typeof count === "number" && Number.isSafeInteger(count) && count >= 0 ? count : 0;
}

/** The notes with the intent added for those whose run has ended: only those that changed. */
export function withIntents(
  count: number,
  noted: readonly NotedRun[],
  stateOf: (id: string) => RunState,
): NotedRun[] {
  let next = Math.max(count, ...noted.map(({ note }) => note.count ?? 0));
  return noted.flatMap(({ id, note }) => {
    const state = note.count === null ? stateOf(id) : null;
    if (state?.is !== "ended") return [];
    next++;
    return [{ id, note: { ...note, count: next, ended_at: state.at } }];
  });
}

/** What the notes of a project say of it: its keys as they are to be, and the notes that are done with when that is stored. */
export interface Settlement {
  readonly changes: { readonly active_workflows: readonly string[]; readonly metrics: JsonObject };
  readonly done: readonly string[];
}

/** Works out what notes with and without intents make of a project. Those that never began are done with, uncounted. */
export function settlementOf(
  project: Project,
  noted: readonly NotedRun[],
  { stateOf, now }: { readonly stateOf: (id: string) => RunState; readonly now: number },
): Settlement {
  const counted = noted.filter(({ note }) => note.count !== null);
  const open = noted
    .filter(({ note }) => note.count === null)
    .map((run) => ({ ...run, state: stateOf(run.id) }));
  const isNew = ({ note }: NotedRun) => now - note.noted_at < BEGINS_WITHIN_MS;
  const active = open.filter(
    (run) => run.state.is === "running" || (run.state.is === "unknown" && isNew(run)),
  );
  const never = open.filter((run) => run.state.is === "unknown" && !isNew(run));
  const last = Math.max(...counted.map(({ note }) => note.ended_at ?? 0));
  const metrics: JsonObject =
    counted.length === 0
      ? project.metrics
      : {
          ...project.metrics,
          workflow_executions: Math.max(countOf(project), ...counted.map(({ note }) => note.count ?? 0)),
          last_workflow_execution: latest(project.metrics["last_workflow_execution"], toIso(last)),
        };
  return {
    changes: { active_workflows: [...new Set(active.map(({ note }) => note.workflow))], metrics },
    done: [...counted, ...never].map(({ id }) => id),
  };
}

/** The later of two instants as ISO text in UTC; what is none counts as earlier. */
const latest = (before: unknown, after: string): string =>
  typeof before === "string" && /^\d{4}-/.test(before) && before > after ? before : after;
