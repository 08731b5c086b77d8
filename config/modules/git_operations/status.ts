import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { InvalidParametersError } from "@orch/core";
import { TaskExecutionError } from "@orch/tasks";
import { runProgram } from "../shared/run-program.ts";

/** The state of a working tree. Paths are from its root. */
export interface GitStatus {
  readonly is_repository: boolean;
  /** Null where there is none, such as with a detached head. */
  readonly branch: string | null;
  /** Null before the first commit. */
  readonly commit: string | null;
  readonly upstream: string | null;
  readonly ahead: number;
  readonly behind: number;
  readonly staged: readonly string[];
  readonly modified: readonly string[];
  readonly untracked: readonly string[];
  readonly conflicted: readonly string[];
  /** Whether there is nothing to commit. */
  readonly clean: boolean;
}

/** A repository may name programs in its configuration, which looking at it must not run. */
const SAFE = [
  "-c",
  "core.fsmonitor=false",
  "-c",
  "core.hooksPath=/dev/null",
  "-c",
  "core.untrackedCache=false",
];
const ENVIRONMENT = { GIT_OPTIONAL_LOCKS: "0", GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_NOSYSTEM: "1" };

/** Asks git; changes nothing. A directory that is in no repository is a result, not an error. */
export async function gitStatus(path: string, signal: AbortSignal): Promise<GitStatus> {
  const cwd = resolve(path);
  const found = await stat(cwd).catch(() => null);
  if (!found?.isDirectory()) {
    const message = `${cwd} is not a directory`;
    throw new InvalidParametersError(message, { details: { problems: [{ path: "path", message }] } });
  }
  const args = [...SAFE, "status", "--porcelain=v2", "--branch", "-z"];
  const { exitCode, stdout, stderr } = await runProgram({
    command: "git",
    args,
    cwd,
    signal,
    env: ENVIRONMENT,
    keepBytes: MOST_BYTES,
  });
  if (exitCode === 0 && stdout.startsWith("…")) throw tooMuch(cwd);
  if (exitCode === 0) return parseStatus(stdout);
  if (/not a git repository/i.test(stderr)) return NO_REPOSITORY;
  throw new TaskExecutionError(`git status failed in ${cwd}: ${stderr.trim()}`, {
    retryable: false,
    details: { path: cwd, exit_code: exitCode },
  });
}

/** About 200,000 changed files. */
const MOST_BYTES = 16 * 1024 * 1024;

const tooMuch = (path: string): TaskExecutionError =>
  new TaskExecutionError(`git status in ${path} says more than ${MOST_BYTES} bytes`, {
    retryable: false,
    details: { path },
    suggestions: ["Leave generated files out of version control with .gitignore."],
  });

const NO_REPOSITORY: GitStatus = {
  is_repository: false,
  branch: null,
  commit: null,
  upstream: null,
  ahead: 0,
  behind: 0,
  staged: [],
  modified: [],
  untracked: [],
  conflicted: [],
  clean: true,
};

/** Reads what `git status --porcelain=v2 --branch -z` writes. */
export function parseStatus(text: string): GitStatus {
  const headers = new Map<string, string>();
  const lists = {
    staged: [] as string[],
    modified: [] as string[],
    untracked: [] as string[],
    conflicted: [] as string[],
  };
  const entries = text.split("\0");
  for (let at = 0; at < entries.length; at++) {
    const entry = entries[at] ?? "";
    const [kind] = entry;
    if (kind === "#") {
      const [, name = "", value = ""] = /^# (\S+) (.*)$/s.exec(entry) ?? [];
      headers.set(name, value);
    } else if (kind === "?") lists.untracked.push(entry.slice(2));
    else if (kind === "u") lists.conflicted.push(entry.split(" ").slice(10).join(" "));
    else if (kind === "1" || kind === "2") {
      const file = entry
        .split(" ")
        .slice(kind === "1" ? 8 : 9)
        .join(" ");
      if (entry[2] !== ".") lists.staged.push(file);
      if (entry[3] !== ".") lists.modified.push(file);
      // What a renamed file was called before stands behind it.
      if (kind === "2") at++;
    }
  }
  const branch = headers.get("branch.head") ?? "(detached)";
  const commit = headers.get("branch.oid") ?? "(initial)";
  const [, ahead = "0", behind = "0"] = /^\+(\d+) -(\d+)$/.exec(headers.get("branch.ab") ?? "") ?? [];
  return {
    is_repository: true,
    branch: branch === "(detached)" ? null : branch,
    commit: commit === "(initial)" ? null : commit,
    upstream: headers.get("branch.upstream") ?? null,
    ahead: Number(ahead),
    behind: Number(behind),
    ...lists,
    clean: Object.values(lists).every((files) => files.length === 0),
  };
}
