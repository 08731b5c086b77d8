import type { Logger } from "@orch/core";
import { OrchestrationEngine } from "@orch/engine";
import { commandText } from "./command-text.ts";
import { count } from "./count.ts";
import type { GlobalOptions } from "./options.ts";

const MOST_LINES = 50;

/** The engine that the options ask for; what it has to say goes to `note`. Throws CONFIG_INVALID. */
export function openEngine(
  { baseDir, config, debug = false, quiet = false }: GlobalOptions,
  note: (text: string) => void,
): OrchestrationEngine {
  const ignore = () => {};
  const say = (level: string, isShown: boolean) =>
    isShown
      ? (message: string) => {
          for (const line of linesOf(message)) note(`${level}: ${line}`);
        }
      : ignore;
  const sayWarning = say("warning", debug || !quiet);
  const sayError = say("error", true);
  const logger: Logger = {
    debug: say("debug", debug),
    info: say("info", debug),
    // Files that have nothing to do with the command are counted, in one line.
    warn: (message, fields = {}) => {
      if (debug || fields["skipped"] !== true) sayWarning(message);
    },
    // What ends the engine's loop has a code and a stack; the command gets it as well, and shows it better.
    error: (message, fields = {}) => {
      if (debug || !("code" in fields && "stack" in fields)) sayError(message);
    },
  };
  const engine = new OrchestrationEngine({ baseDir, configFile: config, logger });
  const { length } = engine.workflowManager.loadProblems;
  if (length > 0 && !debug) sayWarning(skippedText(length));
  return engine;
}

const skippedText = (many: number): string =>
  `${count(many, "workflow file")} cannot be used; see which, and why: ${commandText("workflow list")}`;

/** Only what the log says of a stack has several; no more of them than are read. */
const linesOf = (message: string): string[] => message.split("\n", MOST_LINES);
