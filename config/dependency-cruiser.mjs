import { globSync, readFileSync } from "node:fs";
import { dirname, posix } from "node:path";

// From the bottom up: which packages each package and app may import. What is not listed is forbidden.
const ALLOWED = {
  "packages/core": [],
  "packages/dag": ["core"],
  "packages/resources": ["core"],
  "packages/docgen": ["core"],
  "packages/tasks": ["core", "dag", "resources"],
  "packages/workflows": ["core", "dag", "resources", "tasks"],
  "packages/projects": ["core", "dag", "docgen", "resources", "tasks", "workflows"],
  "packages/mcp": ["core", "projects", "resources", "tasks", "workflows"],
  "packages/engine": ["core", "dag", "docgen", "mcp", "projects", "resources", "tasks", "workflows"],
  "apps/cli": ["core", "engine"],
  "apps/mcp": ["core", "engine", "mcp"],
};
const code = "^(?:packages|apps)/";
const sourceOf = "^packages/([^/]+)/src/";
const tests = ["\\.test\\.ts$", `${code}[^/]+/(?:test|bench)/`];
// The files that a package's `exports` opens to others.
const open = globSync("packages/*/package.json").flatMap((file) => {
  const sources = Object.values(JSON.parse(readFileSync(file, "utf8")).exports).flatMap(
    (target) => target["@orch/source"] ?? [],
  );
  return sources.map((source) => `^${posix.join(dirname(file), source)}$`);
});
const rule = (name, from, to) => ({ name, severity: "error", from, to });
const arrows = Object.entries(ALLOWED).map(([folder, below]) => {
  const pathNot = [`^${folder}/`, ...below.map((name) => `^packages/${name}/`)];
  return rule(`${folder} looks down only`, { path: `^${folder}/` }, { path: code, pathNot });
});
const pureCore = {
  path: "^packages/core/src/",
  pathNot: ["/(?:sqlite[a-z-]*|lazy-store|state-[a-z]+|base-directory|testing|store-suite).ts$", ...tests],
};
// A program is a bundle: what is in it need not be installed with it.
const bundled = ["^apps/[^/]+/src/"];
const undeclared = { dependencyTypes: ["npm-no-pkg", "npm-dev", "unknown"] };
const resolution = {
  exportsFields: ["exports"],
  conditionNames: ["@orch/source", "import", "node", "default"],
  extensions: [".ts", ".js", ".mjs"],
};
/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    ...arrows,
    rule(
      "a new package is listed in ALLOWED",
      { path: code, pathNot: Object.keys(ALLOWED).map((folder) => `^${folder}/`) },
      {},
    ),
    // Types may name each other (a task knows its owner, the owner gets tasks); what runs may not.
    rule("no cycles", {}, { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } }),
    // Another package is imported by its name, never by a file inside it.
    rule(
      "no deep imports",
      { path: "^(?:packages|apps|config)/([^/]+)/" },
      { path: sourceOf, pathNot: ["^packages/$1/", ...open] },
    ),
    // A face (index.ts) lists what others see; nothing inside imports it.
    rule("no own face", { path: sourceOf }, { path: "^packages/$1/src/index\\.ts$" }),
    // What reaches into Node lies on a subpath of core, not behind its root.
    rule("pure core", pureCore, { dependencyTypes: ["core"] }),
    // The stub that starts a built program is there before the build.
    rule("no unresolved", { pathNot: "^apps/[^/]+/bin/" }, { couldNotResolve: true }),
    rule("declared only", { path: `${code}[^/]+/src/`, pathNot: [...tests, ...bundled] }, undeclared),
    rule(
      "declared, or bundled",
      { path: bundled, pathNot: tests },
      { dependencyTypes: ["npm-no-pkg", "unknown"] },
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    enhancedResolveOptions: resolution,
    exclude: { path: `${code}[^/]+/dist/` },
    doNotFollow: { path: "node_modules" },
  },
};
