import { ConfigurationError, didYouMean, errorMessage, isObject, nearestNames } from "@orch/core";
import { z } from "zod";
import { POLICY_LEVELS, PolicyLevel } from "./policy-level.ts";

const MAX_FILE = 1024 * 1024;

const rate = z.number().positive().max(100_000);
const policySchema = z.object({
  /** What callers may do. */
  level: z.enum(PolicyLevel).default("read"),
  /** Names of workflows that may be run; null: all that are registered. */
  workflows: z.array(z.string().min(1)).nullable().default(null),
  /** Whole names, `module.action`, of what callers may compose; null: those of `core`, at level full all. */
  actions: z
    .array(z.string().regex(/^[^.]+\.[^.]+$/, "must be a whole name such as core.echo"))
    .nullable()
    .default(null),
  /** Names of the tools that are offered; null: all. */
  tools: z.array(z.string().min(1)).nullable().default(null),
  /** Whether callers may answer steps that wait for a person, at level full. */
  approve: z.boolean().default(false),
  /** Whether the person at a client is asked what steps of its caller's runs wait for. */
  elicitation: z.boolean().default(true),
  /** Where actions of module files run at least. */
  module_isolation: z.enum(["inline", "worker", "process"]).default("process"),
  /** Calls of one caller that do more than look. */
  limits: z
    .strictObject({
      calls_per_second: rate.default(50),
      burst: z.int().min(1).max(100_000).default(100),
      at_once: z.int().min(1).max(10_000).default(32),
    })
    .prefault({}),
});

/** What the operator allows. Callers can only ask for less. */
export type Policy = z.output<typeof policySchema>;

/** The policy of a level, with everything else as it is by default. */
export const policyOf = (level: PolicyLevel): Policy => policySchema.parse({ level });

/**
 * Reads the text of a policy file. Throws CONFIG_INVALID for anything that is not understood, unknown keys too: a policy
 * that cannot be read allows nothing.
 */
export function parsePolicy(text: string, file: string): Policy {
  if (text.length > MAX_FILE) throw unusable(file, `it has more than ${MAX_FILE} characters`);
  const written = jsonOf(text, file);
  if (!isObject(written) || Array.isArray(written)) throw unusable(file, "it is no JSON object");
  const known = Object.keys(policySchema.shape);
  const stranger = Object.keys(written).find((key) => !known.includes(key));
  if (stranger !== undefined)
    throw unusable(
      file,
      [`'${stranger}' is no key of a policy`, ...didYouMean(nearestNames(stranger, known))].join(". "),
    );
  const parsed = policySchema.safeParse(written);
  if (parsed.success) return parsed.data;
  throw unusable(
    file,
    parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "),
  );
}

/** A level by its name, in whatever case. Throws CONFIG_INVALID. */
export function parseLevel(word: string): PolicyLevel {
  const level = POLICY_LEVELS.find((each) => each === word.toLowerCase());
  if (level !== undefined) return level;
  throw new ConfigurationError(`'${word}' is no policy level`, {
    details: { level: word, available: POLICY_LEVELS },
    suggestions: [`The levels are ${POLICY_LEVELS.join(", ")}.`],
  });
}

function jsonOf(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unusable(file, errorMessage(error));
  }
}

const unusable = (file: string, why: string): ConfigurationError =>
  new ConfigurationError(`The policy file ${file} cannot be used: ${why}`, {
    details: { source: file },
    suggestions: ["Correct the file; until then nothing is served, since what it allows is not known."],
  });
