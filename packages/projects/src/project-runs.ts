import type { Clock, Store, StoreTransaction } from "@orch/core";
import type { ExecutionReader } from "@orch/workflows";
import { exclusively, type Patience } from "./exclusively.ts";
import { changedProject, type Project } from "./project.ts";
import {
  countOf,
  deleteNote,
  notesOf,
  putNote,
  type RunState,
  settlementOf,
  withIntents,
} from "./run-note.ts";

/** What {@link ProjectRuns} work with. */
export interface ProjectRunsInit {
  readonly store: Store;
  readonly clock: Clock;
  /** Who knows how executions stand; only asked where there is a note. */
  executions(): ExecutionReader;
}

/** Which workflows run in projects, and what those that have ended count for: also where a process was killed meanwhile. */
export class ProjectRuns {
  readonly #init: ProjectRunsInit;

  constructor(init: ProjectRunsInit) {
    this.#init = init;
  }

  /** A project as it stands, whatever its file says of runs: nothing is written. */
  seen(project: Project): Project {
    const { store, clock } = this.#init;
    const noted = notesOf(project.name, store);
    if (noted.length === 0) return idle(project);
    const stateOf = this.#states();
    const intents = new Map(withIntents(countOf(project), noted, stateOf).map((run) => [run.id, run]));
    const all = noted.map((run) => intents.get(run.id) ?? run);
    return changedProject(project, settlementOf(project, all, { stateOf, now: clock.now() }).changes);
  }

  /** Notes which number each run gets that has ended: before {@link settled}, and in a transaction of its own. */
  noteEnds(name: string, find: () => Project | null, patience: Patience): void {
    const { store } = this.#init;
    if (notesOf(name, store).length === 0) return;
    const note = (tx: StoreTransaction) => {
      const project = find();
      if (project === null) return;
      for (const run of withIntents(countOf(project), notesOf(name, tx), this.#states())) putNote(tx, run);
    };
    exclusively(store, note, patience);
  }

  /** A project with what its notes say of it; those that are done with are deleted with the transaction. */
  settled(tx: StoreTransaction, project: Project): Project {
    const noted = notesOf(project.name, tx);
    if (noted.length === 0) return idle(project);
    const { changes, done } = settlementOf(project, noted, {
      stateOf: this.#states(),
      now: this.#init.clock.now(),
    });
    for (const id of done) deleteNote(tx, id);
    return changedProject(project, changes);
  }

  /** How executions stand; each is looked at once. */
  #states(): (id: string) => RunState {
    const states = new Map<string, RunState>();
    return (id) => {
      const known = states.get(id) ?? stateOf(id, this.#init.executions());
      states.set(id, known);
      return known;
    };
  }
}

const idle = (project: Project): Project =>
  project.activeWorkflows.length === 0 ? project : changedProject(project, { active_workflows: [] });

function stateOf(id: string, executions: ExecutionReader): RunState {
  const execution = executions.getExecution(id, { outputs: false });
  if (execution === null) return { is: "unknown" };
  if (execution.endTime !== null) return { is: "ended", at: execution.endTime.getTime() };
  const standing = executions.standingOf(id);
  return { is: standing === "interrupted" || standing === "set_aside" ? "idle" : "running" };
}
