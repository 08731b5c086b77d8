import { type ChildProcess, spawn } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { MARK_VARIABLE } from "./process-group.ts";
import { TOLD_FD, WORD_FD } from "./process-message.ts";

const ENTRY = new URL(`./process-entry${extname(import.meta.url)}`, import.meta.url);
/** What Node itself may write to before it has allocated anything, MiB: Node 26 on Linux takes 560. */
const NODE_DATA_MB = 768;
/** Flags of this process that a child must not have: they are for this one, or would open a port or a terminal. */
const OWN_FLAGS =
  /^(--inspect|--max-old-space-size|--eval|--print|--test|--watch|--cpu-prof|--heap-prof|--prof|-[eip]+$)/;

/** Variables that a child gets beside those that are asked for: where programs and the user's files are, and the language. */
const INHERITED = [
  ...["PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ", "LANG", "LANGUAGE", "TERM", "NODE_ENV"],
  ...["SYSTEMROOT", "COMSPEC", "PATHEXT", "TEMP", "TMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA"],
];

/** Where the guard waits for the end of this process. */
const LIFELINE_FD = 5;

/**
 * Sets the limit of memory and leaves a guard behind, then becomes Node, so that the child leads its group. The guard
 * waits for the end of the engine, however it ends: it then kills who bears the mark, and the group with itself.
 */
const LAUNCHER = `
[ "$1" = 0 ] || ulimit -d "$1" 2>/dev/null
mark=$2
shift 2
(
  exec </dev/null >/dev/null 2>&1 ${WORD_FD}>&- ${TOLD_FD}>&-
  trap '' TERM INT HUP
  read -r line <&${LIFELINE_FD}
  read -r me rest </proc/self/stat
  for file in $(grep -la "${MARK_VARIABLE}=$mark" /proc/[0-9]*/environ); do
    pid=\${file#/proc/}
    pid=\${pid%/environ}
    [ "$pid" = "$me" ] || kill -9 "$pid"
  done
  kill -9 0
) &
exec "$@" ${LIFELINE_FD}>&-
`;

/** How a child is started. */
export interface LaunchOptions {
  readonly memoryMb: number;
  /** Names of variables that it gets beside the usual ones. */
  readonly env: readonly string[];
  /** Tells its processes from all others. */
  readonly mark: string;
}

/** Starts a child that leads a group of its own. */
export function launch({ memoryMb, env, mark }: LaunchOptions): ChildProcess {
  const flags = process.execArgv.filter((flag) => !OWN_FLAGS.test(flag));
  const node = [process.execPath, ...flags, `--max-old-space-size=${memoryMb}`, fileURLToPath(ENTRY)];
  const isPosix = process.platform !== "win32";
  const limitKb = process.platform === "linux" ? (NODE_DATA_MB + memoryMb) * 1024 : 0;
  const [command = "", ...args] = isPosix
    ? ["/bin/sh", "-c", LAUNCHER, "sh", `${limitKb}`, mark, ...node]
    : node;
  return spawn(command, args, {
    detached: isPosix,
    env: { ...environment(env), [MARK_VARIABLE]: mark },
    stdio: ["ignore", "pipe", "pipe", "pipe", "pipe", "pipe"],
    windowsHide: true,
  });
}

/** The variables that are allowed, of those that there are. */
function environment(names: readonly string[]): Record<string, string> {
  const allowed = new Set([...INHERITED, ...names]);
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    const known = allowed.has(name) || allowed.has(name.toUpperCase()) || name.startsWith("LC_");
    if (known && value !== undefined) kept[name] = value;
  }
  return kept;
}
