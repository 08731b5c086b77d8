import { existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { ConfigurationError, didYouMean, errorMessage, isObject, nearestNames } from "@orch/core";
import { LONGEST_MS } from "@orch/core/base";
import { baseDirectory } from "@orch/core/base-directory";
import { stateDirectory } from "@orch/core/state";
import type { RunnersOptions, TaskRetention } from "@orch/tasks";
import { z } from "zod";
import { retentionOf, retentionSchema, runnersOf, runnersSchema } from "./task-settings.ts";

/** What the engine works with, every value decided. Paths are absolute. */
export interface OrchestrationConfig {
  /** Base of all data. */
  readonly baseDir: string;
  /** Actions that run at once. */
  readonly maxWorkers: number;
  /** Definition files. */
  readonly workflowsDir: string;
  /** Where projects are made. */
  readonly projectsDir: string;
  /** Templates of projects. */
  readonly templatesDir: string;
  /** Module files. */
  readonly modulesDir: string;
  /** Threads and processes of attempts that do not run in this one. */
  readonly runners: RunnersOptions;
  /** How long tasks that have ended are kept. */
  readonly retention: TaskRetention;
  /** The file of resources; null: `resources.json` in the base directory, if it is there. */
  readonly resourceConfig: string | null;
  /** Whether times of executions and steps are measured and summarized. */
  readonly performanceMonitoring: boolean;
  /** Sessions in which nothing was run for this long are closed. */
  readonly sessionTimeoutMs: number;
  /** How often sessions, leases and what was kept long enough are looked through. */
  readonly cleanupIntervalMs: number;
  /** The directory of the state database. */
  readonly stateDir: string;
  /** The file that was read, or null. */
  readonly configFile: string | null;
  /** What is strange in the file, and ignored. */
  readonly warnings: readonly string[];
}

/** What a caller may set; it wins over environment and file. */
export interface ConfigArguments {
  readonly baseDir?: string | undefined;
  readonly configFile?: string | undefined;
  readonly maxWorkers?: number | undefined;
  readonly workflowsDir?: string | undefined;
  readonly projectsDir?: string | undefined;
  readonly templatesDir?: string | undefined;
  readonly modulesDir?: string | undefined;
  readonly resourceConfig?: string | undefined;
  /** @default true */
  readonly performanceMonitoring?: boolean | undefined;
  /** Milliseconds above 0. @default an hour */
  readonly sessionTimeoutMs?: number | undefined;
  /** Milliseconds above 0. @default five minutes */
  readonly cleanupIntervalMs?: number | undefined;
  /** Each of its values wins over that of the file. */
  readonly runners?: RunnersOptions | undefined;
  /** Each of its values wins over that of the file. */
  readonly retention?: TaskRetention | undefined;
}

/** The variables that the configuration is read from. */
export type Environment = Readonly<Record<string, string | undefined>>;

const workers = z.coerce.number().int().min(1);
/** Above 0, and no longer than a timer can wait. */
const seconds = z
  .number()
  .positive("must be above 0")
  .max(LONGEST_MS / 1000);
const fileSchema = z.object({
  max_workers: z.number().int().min(1).optional(),
  workflows_dir: z.string().min(1).optional(),
  projects_dir: z.string().min(1).optional(),
  templates_dir: z.string().min(1).optional(),
  modules_dir: z.string().min(1).optional(),
  resource_config: z.string().min(1).optional(),
  performance_monitoring: z.boolean().optional(),
  session_timeout: seconds.optional(),
  cleanup_interval: seconds.optional(),
  runners: runnersSchema.optional(),
  retention: retentionSchema.optional(),
});
const KEYS = Object.keys(fileSchema.shape);

/** Decides the configuration: argument > environment > file > default. Throws CONFIG_INVALID naming source and key. */
export function loadConfig(args: ConfigArguments = {}, env: Environment = process.env): OrchestrationConfig {
  const baseDir = baseDirectory(args.baseDir, env);
  if (existsSync(baseDir) && !statSync(baseDir).isDirectory())
    throw new ConfigurationError(`The base directory ${baseDir} is not a directory`, {
      details: { path: baseDir },
      suggestions: ["Name a directory with --base-dir or ORCH_DIR."],
    });
  if (!existsSync(baseDir))
    throw new ConfigurationError(`The base directory ${baseDir} does not exist`, {
      details: { path: baseDir },
      suggestions: ["Create it, or name another one with --base-dir or ORCH_DIR."],
    });
  const { file, values, warnings } = readFile(baseDir, args.configFile);
  const at = (path: string | undefined, fallback: string) => resolve(baseDir, path ?? fallback);
  return {
    baseDir,
    maxWorkers: maxWorkers(args.maxWorkers, env) ?? values.max_workers ?? 4,
    workflowsDir: at(args.workflowsDir ?? values.workflows_dir, join("config", "workflows", "production")),
    projectsDir: at(args.projectsDir ?? values.projects_dir, "projects"),
    templatesDir: at(args.templatesDir ?? values.templates_dir, join("config", "templates")),
    modulesDir: at(args.modulesDir ?? values.modules_dir, join("config", "modules")),
    resourceConfig:
      resourceConfig(args, env) ?? (values.resource_config ? at(values.resource_config, "") : null),
    performanceMonitoring: args.performanceMonitoring ?? values.performance_monitoring ?? true,
    sessionTimeoutMs:
      needTime("sessionTimeoutMs", args.sessionTimeoutMs) ?? inMs(values.session_timeout) ?? HOUR_MS,
    cleanupIntervalMs:
      needTime("cleanupIntervalMs", args.cleanupIntervalMs) ??
      inMs(values.cleanup_interval) ??
      FIVE_MINUTES_MS,
    runners: { ...runnersOf(values.runners), ...args.runners },
    retention: { ...retentionOf(values.retention), ...args.retention },
    stateDir: stateDirectory(baseDir),
    configFile: file,
    warnings,
  };
}

const HOUR_MS = 3_600_000;
const FIVE_MINUTES_MS = 300_000;

const inMs = (value: number | undefined): number | undefined => value && value * 1000;

/** A time given in code. Throws CONFIG_INVALID. */
function needTime(key: string, value: number | undefined): number | undefined {
  if (value === undefined || (value > 0 && value <= LONGEST_MS)) return value;
  throw new ConfigurationError(`${key} must be a number of milliseconds above 0, was ${value}`, {
    details: { source: "argument", key, value },
    suggestions: [`Give ${key} a time such as 60000, or leave it out.`],
  });
}

/** Relative to the current directory, as all paths that somebody gives by hand. */
function resourceConfig({ resourceConfig: given }: ConfigArguments, env: Environment): string | undefined {
  const path = given ?? variable(env, "ORCH_RESOURCE_CONFIG", "CODOMYRMEX_RESOURCE_CONFIG")?.value;
  return path === undefined ? undefined : resolve(path);
}

function maxWorkers(argument: number | undefined, env: Environment): number | undefined {
  const given =
    argument === undefined
      ? variable(env, "ORCH_MAX_WORKERS", "CODOMYRMEX_MAX_WORKERS")
      : { name: "maxWorkers", value: String(argument) };
  if (given === undefined) return undefined;
  const parsed = workers.safeParse(given.value);
  if (parsed.success) return parsed.data;
  throw new ConfigurationError(`${given.name} must be a whole number of at least 1, was '${given.value}'`, {
    details: {
      source: argument === undefined ? "environment" : "argument",
      key: given.name,
      value: given.value,
    },
    suggestions: [`Set ${given.name} to a number such as 4, or leave it out.`],
  });
}

/** The first of the variables that is set; an empty one counts as unset. */
function variable(
  env: Environment,
  ...names: readonly string[]
): { readonly name: string; readonly value: string } | undefined {
  const name = names.find((each) => env[each]);
  return name === undefined ? undefined : { name, value: env[name] ?? "" };
}

function readFile(
  baseDir: string,
  given: string | undefined,
): {
  readonly file: string | null;
  readonly values: z.infer<typeof fileSchema>;
  readonly warnings: string[];
} {
  const candidates = [join(baseDir, "orchestration.json"), join(baseDir, "config", "orchestration.json")];
  const file = given === undefined ? candidates.find((each) => existsSync(each)) : resolve(given);
  if (file === undefined) return { file: null, values: {}, warnings: [] };
  if (!existsSync(file)) throw noFile(file);
  const written = parse(file);
  const parsed = fileSchema.safeParse(written);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
    throw invalid(file, problems.map(({ path, message }) => `${path}: ${message}`).join("; "), {
      key: problems[0]?.path,
      problems,
    });
  }
  const unknown = isObject(written) ? Object.keys(written).filter((key) => !isKnown(key)) : [];
  return {
    file,
    values: parsed.data,
    warnings: unknown.map((key) =>
      [`${file}: unknown key '${key}' is ignored`, ...didYouMean(nearestNames(key, KEYS))].join(". "),
    ),
  };
}

/** A key that begins with `//` is a comment. */
const isKnown = (key: string): boolean => KEYS.includes(key) || key.startsWith("//");

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw invalid(file, errorMessage(error), {});
  }
}

const noFile = (file: string): ConfigurationError =>
  new ConfigurationError(`There is no configuration file ${file}`, {
    details: { source: file },
    suggestions: ["Check the path given with --config, or leave it away: every setting has a default."],
  });

const invalid = (
  source: string,
  message: string,
  details: Readonly<Record<string, unknown>>,
): ConfigurationError =>
  new ConfigurationError(`${source} cannot be used: ${message}`, {
    details: { source, ...details },
    suggestions: ["Correct the file, or name another one with --config."],
  });
