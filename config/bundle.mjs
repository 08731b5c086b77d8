// Bundles a program of `apps`, from the folder that this is started in: `node ../../config/bundle.mjs orch`. Hundreds of files
// that are found and compiled one by one take longer than all that they do.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const tasks = join(root, "packages", "tasks", "src");

const http = join(root, "packages", "mcp", "src", "http");

const sdk = "@modelcontextprotocol/server";
/** What only HTTP needs of the SDK stands in one file with the rest, and would be loaded with that. */
const apart = {
  name: "the SDK's part for HTTP",
  setup(bundler) {
    bundler.onResolve(
      { filter: new RegExp(`^${sdk}$`) },
      async ({ importer, kind, resolveDir, pluginData }) => {
        if (pluginData === apart || dirname(importer) !== http) return undefined;
        const { path } = await bundler.resolve(sdk, { importer, kind, resolveDir, pluginData: apart });
        return { path, suffix: "?http" };
      },
    );
  },
};

/** Where a package of npm begins in a path. */
const PACKAGE = /^(.*node_modules\/((?:@[^/]+\/)?[^/]+))\//;

/**
 * Writes `<outdir>/<name>.js`, what it loads when it needs it, a file for each part that runs in a thread or process of its
 * own, and the licences of what is in them.
 */
export async function bundleProgram(folder, name, outdir) {
  // Parts are named by what is in them: those of another build would stay.
  rmSync(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: {
      [name]: join(folder, "src", "main.ts"),
      worker: join(tasks, "worker.ts"),
      "process-entry": join(tasks, "process-entry.ts"),
      "module-probe-entry": join(tasks, "module-probe-entry.ts"),
    },
    outdir,
    bundle: true,
    metafile: true,
    // What answers first is small, and the engine is loaded by what needs it.
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node24",
    conditions: ["@orch/source"],
    plugins: [apart],
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
  writeFileSync(join(outdir, "LICENSES.txt"), licencesOf(Object.keys(metafile.inputs)));
}

/** The licences of the packages that files come from, in the order of their names. */
function licencesOf(files) {
  const packages = new Map(
    files.flatMap((file) => {
      const [, folder, name] = PACKAGE.exec(file) ?? [];
      return folder === undefined ? [] : [[name, join(root, folder)]];
    }),
  );
  return [...packages]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, folder]) => `${name}\n\n${licenceIn(folder)}`)
    .join(`\n${"-".repeat(80)}\n\n`);
}

function licenceIn(folder) {
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  if (file !== undefined) return readFileSync(join(folder, file), "utf8");
  return `${JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).license}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [name] = process.argv.slice(2);
  if (name === undefined)
    throw new Error("The name of the program is missing: node ../../config/bundle.mjs orch");
  await bundleProgram(process.cwd(), name, join(process.cwd(), "dist", "bundle"));
}
