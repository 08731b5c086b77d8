import { homedir } from "node:os";
import { join } from "node:path";
import { type LogFields, type Logger, systemClock, toErrorResponse, toIso } from "@orch/core";
import { AuditFile, actionGate } from "@orch/mcp";
import { startStdioServer } from "@orch/mcp/stdio";
import { loadConfig } from "./config.ts";
import type { OrchestrationEngine } from "./engine.ts";
import { readPolicy } from "./policy-file.ts";
import type { ProtocolStreams } from "./protocol-streams.ts";
import type { ServeMcpOptions } from "./serve-mcp.ts";

const EXIT_BY_SIGNAL = { SIGINT: 130, SIGTERM: 143, SIGHUP: 130 } as const;
type StopSignal = keyof typeof EXIT_BY_SIGNAL;
const SIGNALS = Object.keys(EXIT_BY_SIGNAL) as StopSignal[];
const INVALID = 2;
const INTERNAL = 70;

/** Serves the engine as the operator says; resolves with the exit code. */
export async function runMcpService(
  { baseDir, configFile, policyLevel, policyFile, version, http }: ServeMcpOptions,
  { input, output }: ProtocolStreams,
): Promise<number> {
  const logger = lineLogger();
  let engine: OrchestrationEngine | null = null;
  try {
    const config = loadConfig({ baseDir, configFile });
    const configDir = userConfigDir();
    const policy = readPolicy({ policyLevel, policyFile, baseDir: config.baseDir, configDir });
    const audit = new AuditFile(join(config.stateDir, "audit.log"));
    const open = async () => {
      const { OrchestrationEngine: Engine } = await import("./engine.ts");
      const made: OrchestrationEngine = new Engine({
        ...{ baseDir, configFile, logger },
        moduleIsolation: policy.module_isolation,
        actionGate: actionGate({ policy, audit, clock: systemClock, runs: () => made.runs }),
      });
      engine = made;
      return made;
    };
    const served = { policy, audit, version, logger, baseDir: config.baseDir };
    const announce = (facts: object) => writeLine("info", "Serving MCP over HTTP", { ...facts });
    const server =
      http === undefined
        ? startStdioServer(open, { input, output, ...served })
        : await (await import("./mcp-http.ts")).startMcpHttp(open, { http, served, configDir, announce });
    let exitCode = 0;
    const stop = (code: number) => {
      exitCode = code;
      void server.close();
    };
    using _ = onTrouble(logger, stop);
    await server.closed;
    await (engine as OrchestrationEngine | null)?.shutdown();
    return exitCode;
  } catch (error) {
    const { error: message, error_code, suggestions } = toErrorResponse(error);
    logger.error(message, { error_code, suggestions });
    await (engine as OrchestrationEngine | null)?.shutdown().catch(() => {});
    return error_code === "CONFIG_INVALID" ? INVALID : INTERNAL;
  }
}

/** Where a user keeps settings of programs. */
const userConfigDir = (): string => process.env["XDG_CONFIG_HOME"] || join(homedir(), ".config");

/** Ends the service when a signal asks for it (the second one at once), or code threw where nothing can catch it. */
function onTrouble(logger: Logger, stop: (exitCode: number) => void): Disposable {
  let asked = false;
  const onSignal = (signal: StopSignal) => {
    if (asked) process.exit(EXIT_BY_SIGNAL[signal]);
    asked = true;
    stop(EXIT_BY_SIGNAL[signal]);
  };
  const onException = (error: unknown) => {
    logger.error("Code threw where nothing can catch it", { error: String(error) });
    stop(INTERNAL);
  };
  const onRejection = (error: unknown) =>
    logger.warn("A rejected promise was not handled", { error: String(error) });
  for (const signal of SIGNALS) process.on(signal, onSignal);
  process.on("uncaughtException", onException).on("unhandledRejection", onRejection);
  return {
    [Symbol.dispose]() {
      for (const signal of SIGNALS) process.off(signal, onSignal);
      process.off("uncaughtException", onException).off("unhandledRejection", onRejection);
    },
  };
}

/** The log as lines of JSON on standard error. */
function lineLogger(): Logger {
  const ignore = () => {};
  const write = (level: string) => (message: string, fields?: LogFields) => writeLine(level, message, fields);
  return { debug: ignore, info: ignore, warn: write("warn"), error: write("error") };
}

function writeLine(level: string, message: string, fields: LogFields = {}): void {
  const line = { level, at: toIso(systemClock.now()), message, ...fields };
  process.stderr.write(`${JSON.stringify(line)}\n`);
}
