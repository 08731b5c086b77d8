import { didYouMean, InvalidParametersError, isObject, type JsonObject, nearestNames } from "@orch/core";
import { CONTROL_MODULES, describeSchema, type OrchestrationEngine, type ResolvedAction } from "@orch/engine";
import { commandText } from "./command-text.ts";
import { type ParameterSources, readParameters } from "./parameters.ts";

/** An action that is to be run, and with what. */
export interface ActionCall {
  readonly module: string;
  readonly action: string;
  readonly parameters: JsonObject;
}

/**
 * Reads what is to be run: `<module>.<action>` and its parameters, which the action is asked about. Loads its code. Throws
 * INVALID_PARAMETERS with all problems, MODULE_NOT_FOUND, ACTION_NOT_FOUND, MODULE_LOAD_FAILED: nothing is stored then.
 */
export async function readActionCall(
  text: string,
  sources: ParameterSources,
  { modules }: OrchestrationEngine,
): Promise<ActionCall> {
  const [, module = "", action = ""] = /^([^.]+)\.(.+)$/.exec(text) ?? [];
  if (module === "") throw noAction(text);
  if (CONTROL_MODULES.has(module) && !modules.has(module)) throw onlyInRuns(text);
  const found = await modules.find(module, action);
  const declared = describeSchema(found.definition.input, "input")?.["properties"];
  const parameters = readParameters(sources, isObject(declared) ? (declared as never) : {});
  refuseUnnamed(text, parameters, found);
  refuseMisfits(text, parameters, found);
  return { module, action, parameters };
}

/** Keys that the action does not name would be dropped without a word. */
function refuseUnnamed(text: string, parameters: JsonObject, { definition }: ResolvedAction): void {
  // As its values come out it says whether it takes others.
  const { properties, additionalProperties } = describeSchema(definition.input, "output") ?? {};
  if (!isObject(properties) || additionalProperties !== false) return;
  const names = Object.keys(properties);
  const unknown = Object.keys(parameters).filter((key) => !names.includes(key));
  const [first] = unknown;
  if (first === undefined) return;
  const problems = unknown.map((key) => ({ path: key, message: "is no parameter of this action" }));
  const near = [...new Set(unknown.flatMap((key) => nearestNames(key, names)))];
  throw new InvalidParametersError(
    unknown.length === 1
      ? `${text} has no parameter '${first}'`
      : `${text} has no parameters: ${problems.map(({ path, message }) => `${path}: ${message}`).join("; ")}`,
    { details: { problems, near }, suggestions: [...didYouMean(near), seeInputs(text)] },
  );
}

function refuseMisfits(text: string, parameters: JsonObject, { definition }: ResolvedAction): void {
  const problems = issuesOf(definition.input, parameters).map(({ path, message }) => ({
    path: path.map(String).join("."),
    message,
  }));
  if (problems.length === 0) return;
  const all = problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("; ");
  throw new InvalidParametersError(`Invalid parameters for ${text}: ${all}`, {
    details: { problems },
    suggestions: [seeInputs(text)],
  });
}

/** A schema may also throw, or want to wait: then the attempt will tell. */
function issuesOf(schema: ResolvedAction["definition"]["input"], parameters: JsonObject) {
  try {
    return schema?.safeParse(parameters).error?.issues ?? [];
  } catch {
    return [];
  }
}

const seeInputs = (text: string): string =>
  `See what it takes: ${commandText(`module show ${text.split(".")[0]} --load`)}`;

const noAction = (text: string): InvalidParametersError =>
  new InvalidParametersError(`An action is written <module>.<action>, was '${text}'`, {
    details: { action: text },
    suggestions: [
      `For example: ${commandText("task run core.echo -p message=hello")}`,
      `See all modules: ${commandText("module list")}`,
    ],
  });

const onlyInRuns = (text: string): InvalidParametersError =>
  new InvalidParametersError(`${text} is performed by a run itself: it is a step, no task`, {
    details: { action: text },
    suggestions: [`Make it a step of a workflow: ${commandText("workflow create <name>")}`],
  });
