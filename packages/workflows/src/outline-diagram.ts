import type { JsonObject } from "@orch/core";
import type { DAGTaskStatus, Diagram } from "@orch/dag";
import type { OutlineStep, WorkflowOutline } from "./outline.ts";

/** An outline as `toMermaid` and `toDot` draw it. O(steps + dependencies). */
export function outlineDiagram({ steps }: WorkflowOutline): Diagram {
  const nodes = new Map(steps.map(({ name }, node) => [name, node]));
  const dependencies = steps.map((step) =>
    step.dependencies.flatMap((name) => {
      const node = nodes.get(name);
      return node === undefined ? [] : [node];
    }),
  );
  const tasks = steps.map(({ name, module, action, status, note, isEach, runs, inner }) => ({
    name,
    module,
    action,
    status: colourOf(status),
    note: note === "" && isEach && runs === null ? "for each item" : note,
    inner: inner && outlineDiagram(inner),
  }));
  return { tasks, dependencies: (node) => dependencies[node] ?? [] };
}

/** An outline as JSON, in the words of files: `runs`, `detached`, `execution_id`; what says nothing is left out. */
export function outlineDict({ workflow, executionId, steps }: WorkflowOutline): JsonObject {
  return {
    workflow,
    ...(executionId === null ? {} : { execution_id: executionId }),
    steps: steps.map(stepDict),
  };
}

function stepDict(step: OutlineStep): JsonObject {
  const { name, module, action, dependencies, isEach, status, runs, isDetached, executionId, note, inner } =
    step;
  return {
    name,
    module,
    action,
    dependencies: [...dependencies],
    ...(isEach ? { foreach: true } : {}),
    ...(status === null ? {} : { status }),
    ...(runs === null ? {} : { runs, detached: isDetached }),
    ...(executionId === null ? {} : { execution_id: executionId }),
    ...(note === "" ? {} : { note }),
    ...(inner === null ? {} : { inner: outlineDict(inner) }),
  };
}

/** The statuses that diagrams have. */
function colourOf(status: OutlineStep["status"]): DAGTaskStatus {
  switch (status) {
    case "running":
    case "completed":
    case "failed":
    case "skipped":
      return status;
    case "timeout":
    case "cancelled":
      return "failed";
    default:
      return "pending";
  }
}
