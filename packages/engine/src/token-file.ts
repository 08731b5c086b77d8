import { createHash, randomBytes } from "node:crypto";
import { existsSync, linkSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { ConfigurationError, errorMessage, makeDirectory, newRandomId } from "@orch/core";
import { readOperatorFile } from "./operator-file.ts";

/** Where the tokens of a server may come from. */
export interface TokenSource {
  /** Names a file with a token in each line; lines that begin with `#` say what is below. */
  readonly tokenFile?: string | undefined;
  /** A token that was given without a file. */
  readonly token?: string | undefined;
  readonly baseDir: string;
  /** Of the user. */
  readonly configDir: string;
}

/** The tokens, and the file where they are; null where there is none. */
export interface CallerTokens {
  readonly tokens: readonly string[];
  readonly file: string | null;
}

const OTHERS = 0o077;
const BYTES = 32;
const NAME_DIGITS = 16;

/**
 * The tokens that an operator has chosen: of the file that is named, else the one that is given, else one of 256 random bits
 * in the user's configuration folder, made at the first use, for each base directory another one. Throws CONFIG_INVALID for
 * a file that cannot be read or made, that lies in the base directory, or that others may read.
 */
export function readTokens({ tokenFile, token, baseDir, configDir }: TokenSource): CallerTokens {
  if (tokenFile === undefined && token) return { tokens: [token], file: null };
  const file =
    tokenFile === undefined ? join(configDir, "orch", "mcp-tokens", nameOf(baseDir)) : resolve(tokenFile);
  if (tokenFile === undefined && !existsSync(file)) makeToken(file);
  const text = readOperatorFile(file, {
    baseDir,
    forbidden: OTHERS,
    danger: "others may read it",
    refused: (why) => refused(file, why),
  });
  const lines = text.split("\n").map((line) => line.trim());
  return { tokens: lines.filter((line) => line !== "" && !line.startsWith("#")), file };
}

const nameOf = (baseDir: string): string =>
  createHash("sha256").update(realpathSync(baseDir)).digest("hex").slice(0, NAME_DIGITS);

/** Of several processes that make one, one is first. */
function makeToken(file: string): void {
  try {
    makeDirectory(dirname(file), { mode: 0o700 });
    placeToken(file);
  } catch (error) {
    if (!existsSync(file)) throw refused(file, errorMessage(error));
  }
}

/** Under its name there is never half a token. */
function placeToken(file: string): void {
  const draft = `${file}.${newRandomId()}.draft`;
  try {
    writeFileSync(draft, `${randomBytes(BYTES).toString("hex")}\n`, { flag: "wx", mode: 0o600, flush: true });
    linkSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}

const refused = (file: string, why: string): ConfigurationError =>
  new ConfigurationError(`The token file ${file} cannot be used: ${why}`, {
    details: { source: file },
    suggestions: [
      "Put it into your own configuration folder, readable and writable by you alone (mode 0600).",
    ],
  });
