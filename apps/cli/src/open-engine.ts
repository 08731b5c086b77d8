import type { Logger } from "@orch/core";
import { OrchestrationEngine } from "@orch/engine";
import type { GlobalOptions } from "./options.ts";

/** The engine that the options ask for; what it has to say goes to `note`. */
export function openEngine({ baseDir, config, debug }: GlobalOptions, note: (text: string) => void): OrchestrationEngine {
  return new OrchestrationEngine({ baseDir, configFile: config, logger: loggerTo(note, debug === true) });
}

function loggerTo(note: (text: string) => void, debug: boolean): Logger {
  const ignore = () => {};
  const say = (level: string) => (message: string) => note(`${level}: ${message}`);
  return { debug: debug ? say("debug") : ignore, info: debug ? say("info") : ignore, warn: say("warning"), error: say("error") };
}
