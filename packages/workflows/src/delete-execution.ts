import { OrchestrationError, type StoreReader } from "@orch/core";
import { instanceLiveness, readInstance, type TaskRuntime } from "@orch/tasks";
import { z } from "zod";
import { executionNotFound } from "./errors.ts";
import { type ExecutionRecord, keys, readExecution } from "./execution-record.ts";
import { hasEnded } from "./take-over.ts";

const drainingSchema = z.object({ owner: z.string(), steps: z.array(z.string()) });

/** Collections that hold records below `<collection>/<execution>/`. */
export const BELOW = ["steps", "results", "items", "undos", "parts", "requests", "events", "logs"] as const;

/**
 * Deletes all that is stored of an execution, and of those that its steps have started as parts of it: everything or
 * nothing. Returns the ids, its own first. Throws EXECUTION_NOT_FOUND; INVALID_STATE for one that has not ended, that is
 * part of another one which is there, or of which code still runs; STORE_LOCKED while another process writes.
 * O(what is stored of it).
 */
export function deleteExecution(
  id: string,
  { store, probe }: Pick<TaskRuntime, "store" | "probe">,
): string[] {
  return store.transact((tx) => {
    const doomed = deletable(id, tx, probe);
    for (const key of doomed.flatMap((each) => keysOf(each, tx))) tx.delete(key);
    return doomed;
  });
}

/** An execution that can be deleted, and all that is part of it. Throws as {@link deleteExecution} does. */
export function deletable(id: string, tx: StoreReader, probe: TaskRuntime["probe"]): string[] {
  const record = readExecution(id, tx);
  if (record === null) throw executionNotFound(id);
  if (record.parent !== null && tx.get(keys.execution(record.parent.execution_id)) !== undefined)
    throw isPart(id, record.parent.execution_id);
  const doomed = [id];
  // Grows while it is walked: parts have parts.
  for (const each of doomed) {
    const part = each === id ? record : readExecution(each, tx);
    if (part !== null && !hasEnded(part)) throw notEnded(id, each, part);
    const draining = drainingSchema.safeParse(tx.get(keys.draining(each))).data;
    if (draining && instanceLiveness(readInstance(draining.owner, tx), probe) !== "dead")
      throw stillRuns(id, draining.steps);
    doomed.push(...partsOf(each, tx));
  }
  return doomed;
}

/** The executions that the steps of one have ever started as parts of it. */
const partsOf = (id: string, store: StoreReader): string[] =>
  store
    .list(keys.parts(id))
    .map(([key]) => key.slice(key.lastIndexOf("/") + 1))
    .filter((child) => readExecution(child, store)?.parent?.execution_id === id);

const keysOf = (id: string, store: StoreReader): string[] => [
  ...endedKeys(id, store),
  keys.execution(id),
  keys.active(id),
  keys.definition(id),
  keys.draining(id),
  ...BELOW.flatMap((collection) => store.list(`${collection}/${id}/`).map(([key]) => key)),
];

function endedKeys(id: string, store: StoreReader): string[] {
  const at = readExecution(id, store)?.ended_at ?? null;
  return at === null ? [] : [keys.ended(at, id)];
}

function notEnded(id: string, part: string, { status }: ExecutionRecord): OrchestrationError {
  const which = part === id ? "it" : `its part '${part}'`;
  return refused(`Execution '${id}' cannot be deleted: ${which} has not ended`, {
    details: { execution_id: part, status },
    suggestions: [`End it first: orch cancel ${id}`],
  });
}

const isPart = (id: string, parent: string): OrchestrationError =>
  refused(`Execution '${id}' cannot be deleted: it is part of execution '${parent}'`, {
    details: { execution_id: id, parent },
    suggestions: [`Delete that one, and its parts with it: orch execution delete ${parent}`],
  });

const stillRuns = (id: string, steps: readonly string[]): OrchestrationError =>
  refused(`Execution '${id}' cannot be deleted yet: code of ${steps.join(", ")} still runs`, {
    details: { execution_id: id, steps },
    suggestions: ["Wait until its actions have returned, or end their process."],
  });

const refused = (
  message: string,
  more: { readonly details: Readonly<Record<string, unknown>>; readonly suggestions: readonly string[] },
): OrchestrationError =>
  new OrchestrationError(message, { code: "INVALID_STATE", retryable: false, ...more });
