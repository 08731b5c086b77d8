import type { JsonObject } from "@orch/core";
import type { CompiledWorkflow, RunOptions, WorkflowManager } from "@orch/workflows";
import { sessionOptions } from "./session-scope.ts";
import type { Sessions } from "./sessions.ts";

/** A run that was started in a session. */
export interface StartedRun {
  readonly executionId: string;
  /** Resolves when it has ended and its session knows; rejects with what ended the loop. */
  readonly ended: Promise<void>;
}

/** How a workflow is started in a session. */
export interface StartOptions extends RunOptions {
  readonly sessionId: string;
}

/** Starts a workflow as work of a session; resolves with its id once it is on disk. Rejects as `Sessions.begin`, and as the start does. */
export async function startInSession(
  compiled: CompiledWorkflow,
  parameters: JsonObject,
  options: StartOptions,
  { sessions, workflowManager }: { readonly sessions: Sessions; readonly workflowManager: WorkflowManager },
): Promise<StartedRun> {
  const { workflow } = compiled;
  const begun = { type: "workflow", name: workflow.name, parameters } as const;
  const work = sessions.begin(options.sessionId, begun);
  const { session } = work;
  try {
    const signal = options.signal ? AbortSignal.any([options.signal, work.signal]) : work.signal;
    const own = sessionOptions({ ...options, signal }, workflow, { session, isImplicit: false });
    const executionId = await workflowManager.startWorkflow(compiled, parameters, own);
    const ended = workflowManager.waitForExecution(executionId).then(
      (execution) => work.end(executionId, execution?.success ?? false),
      (error: unknown) => {
        work.end(executionId, false);
        throw error;
      },
    );
    // Who starts a run need not wait for it.
    ended.catch(() => {});
    return { executionId, ended };
  } catch (error) {
    work.end(null, false);
    throw error;
  }
}
