import { cleanText } from "@orch/core/base";
import type { OrchestrationEngine, Standing, WorkflowExecution } from "@orch/engine";
import { answerCommand } from "../answer-command.ts";
import { commandText, withCommands } from "../command-text.ts";
import { count } from "../count.ts";
import { duration } from "../duration.ts";
import { factLines } from "../error-facts.ts";
import { EXIT } from "../exit-code.ts";
import { findExecution } from "../known-execution.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { paint } from "../paint.ts";
import type { RunView } from "../progress/run-view.ts";
import { sign } from "../progress/sign.ts";
import type { StepView } from "../progress/step-view.ts";
import { storedView } from "../progress/stored-view.ts";
import { resultWithCommands } from "../result-with-commands.ts";
import type { Terminal } from "../terminal.ts";

/** Shows one execution with its steps. */
export async function showExecution(id: string, options: GlobalOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, () => {});
  const execution = findExecution(engine, id);
  const standing = engine.workflowManager.standingOf(id);
  if (options.json) {
    // Whether the run succeeded is in its status: this command has, when it finds it.
    const dict = { ...resultWithCommands(execution.toDict()), standing };
    terminal.out(JSON.stringify({ type: "result", success: true, execution: dict }));
    return EXIT.success;
  }
  const compiled = engine.workflowManager.definitionOf(id);
  const view = compiled && storedView(engine, compiled, id);
  const steps = allStepLines(execution, view, engine);
  for (const line of executionLines(execution, standing, view, steps)) terminal.out(line);
  return EXIT.success;
}

function executionLines(
  execution: WorkflowExecution,
  standing: Standing,
  view: RunView | null,
  steps: readonly string[],
): string[] {
  const { workflowName, startTime, endTime, durationMs, errors, warnings, parameters } = execution;
  const head = [paint.strong(cleanText(workflowName)), standing.replace("_", " "), startTime?.toISOString()];
  return [
    [...head, durationMs === null ? undefined : worked(durationMs, endTime?.getTime() ?? 0, view)]
      .filter((part) => part !== undefined)
      .join("  "),
    `  Parameters  ${cleanText(JSON.stringify(parameters))}`,
    ...steps,
    ...warnings.map((warning) => `  ${paint.warn("Warning:")} ${cleanText(warning)}`),
    ...errors.map((error) => `  ${paint.bad("Error:")} ${cleanText(error)}`),
    ...howToGoOn(execution, standing),
  ];
}

/** What the store has of a step, beside what every result has. */
interface StepFacts {
  readonly name: string;
  readonly status: StepView["status"];
  readonly success: boolean;
  /** Seconds. */
  readonly execution_time: number;
  readonly attempts: number;
  readonly message?: string;
  /** Where its error was thrown. */
  readonly at?: string;
  /** What its error says beside the message. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** How many items it has, of a `foreach`. */
  readonly items?: number;
  /** What it has started. */
  readonly child_execution_id?: string;
  /** What it waits for. */
  readonly waiting?: { readonly kind: string; readonly message?: string; readonly form?: object };
}

const stepsOf = ({ results }: WorkflowExecution): StepFacts[] =>
  Object.entries(results).map(([name, step]) => ({ ...(step as unknown as StepFacts), name }));

/** The lines of all steps, and below those that wait for another execution the lines of its steps. */
function allStepLines(
  execution: WorkflowExecution,
  view: RunView | null,
  engine: OrchestrationEngine,
): string[] {
  return stepsOf(execution).flatMap((step) => {
    const child = step.child_execution_id;
    if (child === undefined) return stepLines(step, view);
    const within = view?.step(step.name)?.inner ?? null;
    const inner = within === null ? null : engine.workflowManager.getExecution(child);
    const lines = inner === null ? [] : allStepLines(inner, within, engine);
    const what = `${inner === null ? "started" : "runs"} execution ${child}`;
    return [...stepLines(step, view), `      ${paint.dim(what)}`, ...lines.map((line) => `    ${line}`)];
  });
}

/** How long something took that ended then, without the time when no process had the run. */
const worked = (tookMs: number, endedAt: number, view: RunView | null): string =>
  duration(view === null || endedAt === 0 ? tookMs : view.workedOf(tookMs, endedAt));

function stepLines(step: StepFacts, view: RunView | null): string[] {
  const { name, status, success, execution_time, attempts, message = "", waiting, items } = step;
  const line = (text: string) => `  ${sign({ status })} ${cleanText(name)}  ${paint.dim(cleanText(text))}`;
  if (waiting) return [line(waitText(waiting)), ...formLines(waiting)];
  const took = worked(execution_time * 1000, view?.step(name)?.endedAt ?? 0, view);
  const again = attempts > 1 ? `, ${attempts} attempts` : "";
  const many = items === undefined ? "" : `, ${view?.step(name)?.note || count(items, "item")}`;
  if (success) return [line(`${status} in ${took}${again}${many}`)];
  return [line(message || status), ...factLines(step, message).map((text) => `    ${text}`)];
}

type Waiting = NonNullable<StepFacts["waiting"]>;

const waitText = ({ kind, message }: Waiting): string =>
  `waits: ${kind}${message === undefined ? "" : `  ${message}`}`;

/** What an answer must be, as JSON Schema; nothing where anything will do. */
const formLines = ({ form = {} }: Waiting): string[] =>
  Object.keys(form).length === 0 ? [] : [`      ${paint.dim(`Form: ${cleanText(JSON.stringify(form))}`)}`];

/** A command for each step that waits for an answer, and the one that makes the whole go on. */
function howToGoOn(execution: WorkflowExecution, standing: Standing): string[] {
  const { status, executionId: id, parked } = execution;
  if (status === "completed") return [];
  const goOn = `  Go on: ${commandText(`resume ${id}`)}`;
  if (status !== "running") return [goOn];
  const answers = stepsOf(execution).flatMap(({ name, waiting }) => {
    const command = waiting ? answerCommand(id, name, waiting.kind) : null;
    return command === null ? [] : [`  Answer: ${cleanText(command)}`];
  });
  if (standing !== "running") {
    const hint =
      parked === null || parked.reason === "waiting"
        ? goOn
        : `  Go on: ${cleanText(withCommands(parked.hint))}`;
    return [...answers, hint];
  }
  if (answers.length > 0) return answers;
  if (parked !== null) return [`  Go on: ${cleanText(withCommands(parked.hint))}`];
  return [`  If its process is gone: ${commandText(`resume ${id}`)}`];
}
