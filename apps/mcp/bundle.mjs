// Bundles the server: what answers first, the engine that is loaded with the first call, and a file for each part that runs in
// a thread or process of its own. Hundreds of files that are found and compiled one by one take longer than all that they do.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const outdir = process.argv[2] ?? join(here, "dist", "bundle");
const tasks = join(here, "..", "..", "packages", "tasks", "src");

await build({
  entryPoints: {
    "orch-mcp": join(here, "src", "main.ts"),
    worker: join(tasks, "worker.ts"),
    "process-entry": join(tasks, "process-entry.ts"),
  },
  outdir,
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node24",
  conditions: ["@orch/source"],
  // It starts files of its own.
  external: ["tinypool"],
  // What is bundled may be of the older kind of module, and ask for parts of Node with it.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  logLevel: "warning",
});
