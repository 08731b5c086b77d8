import { createHash } from "node:crypto";
import {
  appendFileSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
} from "node:fs";
import { dirname } from "node:path";
import { canonicalJson, errorMessage, type JsonObject, makeDirectory, StorageError } from "@orch/core";
import type { PolicyLevel } from "./policy-level.ts";

/** A decision on a call. */
export interface Decision {
  /** ISO-8601. */
  readonly at: string;
  readonly caller: string;
  readonly tool: string;
  /** SHA-256 of the arguments; never the arguments. */
  readonly arguments: string;
  readonly level: PolicyLevel;
  readonly rule: string;
  readonly outcome: "allowed" | "denied";
}

/** Where decisions are written, before what they allow begins. */
export interface AuditTrail {
  /** Returns when the decision is on disk. Throws STORAGE_ERROR: then nothing may be done. */
  record(decision: Decision): void;
}

/** SHA-256 of a value's JSON, the same whatever the order of its keys. */
export const digestOf = (value: JsonObject): string => sha256(canonicalJson(value));

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Enough for the last line. */
const TAIL = 64 * 1024;

/**
 * Decisions as lines of JSON in a file that is only appended to, and that only its owner can read. Each line has the hash
 * of one before it: of the writer's own last line, at first of the last one in the file. So several processes can write,
 * and what is changed or taken out afterwards is found by {@link verifyAudit}.
 */
export class AuditFile implements AuditTrail {
  readonly #path: string;
  #last: string | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  record(decision: Decision): void {
    let file: number | null = null;
    try {
      makeDirectory(dirname(this.#path), { mode: 0o700 });
      const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDWR } = constants;
      file = openSync(this.#path, O_APPEND | O_CREAT | O_RDWR | O_NOFOLLOW, 0o600);
      const { last, isTorn } = tailOf(file);
      const line = JSON.stringify({ ...decision, prev: this.#last ?? (last === null ? null : sha256(last)) });
      appendFileSync(file, `${isTorn ? "\n" : ""}${line}\n`);
      fsyncSync(file);
      this.#last = sha256(line);
    } catch (cause) {
      throw new StorageError(`The audit log cannot be written: ${errorMessage(cause)}`, {
        details: { path: this.#path },
        suggestions: ["Make the state directory writable; without a line in the audit log nothing is done."],
        cause,
      });
    } finally {
      if (file !== null) closeSync(file);
    }
  }
}

/** The last whole line of a file, and whether something without an end stands behind it. */
function tailOf(file: number): { readonly last: string | null; readonly isTorn: boolean } {
  const { size } = fstatSync(file);
  const bytes = Buffer.alloc(Math.min(size, TAIL));
  readSync(file, bytes, 0, bytes.length, size - bytes.length);
  const lines = bytes.toString("utf8").split("\n");
  const isTorn = lines.pop() !== "" && size > 0;
  return { last: lines.at(-1) ?? null, isTorn };
}

/** What is wrong with an audit log, a sentence for each line; `[]` for a sound one. Throws what reading it throws. */
export function verifyAudit(path: string): string[] {
  const seen = new Set<string>();
  const problems: string[] = [];
  for (const [index, line] of readFileSync(path, "utf8").split("\n").entries()) {
    if (line === "") continue;
    const prev = prevOf(line);
    if (prev === undefined) problems.push(`Line ${index + 1} is no entry`);
    else if (prev === null ? seen.size > 0 : !seen.has(prev))
      problems.push(`Line ${index + 1} does not follow any line before it`);
    seen.add(sha256(line));
  }
  return problems;
}

/** The hash that an entry says stands before it; undefined for what is no entry. */
function prevOf(line: string): string | null | undefined {
  try {
    const { prev } = JSON.parse(line) as { readonly prev?: unknown };
    return typeof prev === "string" || prev === null ? prev : undefined;
  } catch {
    return undefined;
  }
}
