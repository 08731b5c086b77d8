import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { ConfigurationError } from "@orch/core";
import { type Policy, parseLevel, parsePolicy, policyOf } from "@orch/mcp";
import { readOperatorFile } from "./operator-file.ts";

/** Where the policy of a server may come from. */
export interface PolicySource {
  readonly policyLevel?: string | undefined;
  readonly policyFile?: string | undefined;
  /** What callers can write to, so that no policy is read from there. */
  readonly baseDir: string;
  /** Of the user. */
  readonly configDir: string;
}

const OTHERS_WRITE = 0o002;

/**
 * The policy that an operator has chosen: of the file that is named, else of `orch/mcp-policy.json` in the user's
 * configuration folder, else level read; a level that is given wins. Throws CONFIG_INVALID for a file that cannot be read
 * or understood, that lies in the base directory, or that everybody may write to.
 */
export function readPolicy({ policyLevel, policyFile, baseDir, configDir }: PolicySource): Policy {
  const file = policyFile === undefined ? join(configDir, "orch", "mcp-policy.json") : resolve(policyFile);
  const isThere = statSync(file, { throwIfNoEntry: false }) !== undefined;
  const policy =
    isThere || policyFile !== undefined ? parsePolicy(textOf(file, baseDir), file) : policyOf("read");
  return policyLevel === undefined ? policy : { ...policy, level: parseLevel(policyLevel) };
}

const textOf = (file: string, baseDir: string): string =>
  readOperatorFile(file, {
    baseDir,
    forbidden: OTHERS_WRITE,
    danger: "everybody may write to it",
    refused: (why) => refused(file, why),
  });

const refused = (file: string, why: string): ConfigurationError =>
  new ConfigurationError(`The policy file ${file} cannot be used: ${why}`, {
    details: { source: file },
    suggestions: ["Put it into your own configuration folder, readable and writable by you alone."],
  });
