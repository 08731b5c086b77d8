// What the benchmark kit drives: only public calls, with their default settings.
export async function contenders(hook, { load }) {
  const dag = await load("dag");
  if (dag === null) return {};
  const { compileGraph, executionLevels, topologicalOrder, WorkflowDAG } = dag;
  if (hook === "a") {
    return {
      "orch compileGraph": (tasks) => {
        const graph = compileGraph(tasks);
        return { order: topologicalOrder(graph), levels: executionLevels(graph) };
      },
      "orch WorkflowDAG": (tasks) => {
        const workflow = new WorkflowDAG(tasks);
        workflow.validate();
        return { order: workflow.topologicalSort(), levels: workflow.getExecutionLevels() };
      },
    };
  }
  if (hook === "a:requery") {
    return {
      "orch order": { build: compileGraph, run: (graph) => ({ order: topologicalOrder(graph) }) },
      "orch levels": { build: compileGraph, run: (graph) => ({ levels: executionLevels(graph) }) },
      "orch WorkflowDAG order": {
        build: (tasks) => new WorkflowDAG(tasks),
        run: (each) => ({ order: each.topologicalSort() }),
      },
      "orch WorkflowDAG levels": {
        build: (tasks) => new WorkflowDAG(tasks),
        run: (each) => ({ levels: each.getExecutionLevels() }),
      },
    };
  }
  return {};
}
