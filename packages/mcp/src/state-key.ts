import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { isObject, makeDirectory, newRandomId, OrchestrationError } from "@orch/core";

const BYTES = 32;
const OTHERS = 0o077;

/**
 * The key that request states are sealed with, 32 random bytes in a file that only its owner can read: every process on the
 * state directory has the same. Null where there is none, unless it is to be made. Throws UNSAFE_STATE_DIR for a file that
 * others can read or that is no key, and what files throw.
 */
export function stateKey(path: string, { make }: { readonly make: boolean }): Uint8Array | null {
  const found = readKey(path);
  if (found !== null || !make) return found;
  makeKey(path);
  return readKey(path);
}

function readKey(path: string): Uint8Array | null {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
  try {
    const { mode, uid } = fstatSync(file);
    const isOurs = process.getuid === undefined || (uid === process.getuid() && (mode & OTHERS) === 0);
    const key = readFileSync(file);
    if (isOurs && key.length === BYTES) return key;
    throw unsafe(path);
  } finally {
    closeSync(file);
  }
}

/** A name appears with all that is in the file, or not at all; the first process that comes wins. */
function makeKey(path: string): void {
  makeDirectory(dirname(path), { mode: 0o700 });
  const beside = join(dirname(path), `.${newRandomId()}.key`);
  const file = openSync(beside, "wx", 0o600);
  try {
    writeFileSync(file, randomBytes(BYTES));
    fsyncSync(file);
    linkSync(beside, path);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  } finally {
    closeSync(file);
    unlinkSync(beside);
  }
}

const codeOf = (error: unknown): unknown => (isObject(error) ? error["code"] : undefined);

const unsafe = (path: string): OrchestrationError =>
  new OrchestrationError("The key of the server is not safe: others can read it, or it is damaged", {
    code: "UNSAFE_STATE_DIR",
    retryable: false,
    details: { path },
    suggestions: ["Delete the file; a new one is made. Questions that are open are asked again."],
  });
