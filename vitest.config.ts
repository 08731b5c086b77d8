import { globSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { defineConfig } from "vitest/config";

// Workspace packages are tested from their TypeScript source, without a build.
const conditions = ["@orch/source", "module", "node", "development|production"];

// Their tests put something in place of what Node gives, or look at what is left in the process.
const isolated: readonly string[] = ["@orch/core", "@orch/tasks", "@orch/cli"];

const projects = globSync("{packages/*,apps/*,config/modules}/package.json", {
  cwd: import.meta.dirname,
}).map((file) => {
  const { name, bin = {} } = JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8"));
  const folder = dirname(file);
  const setupFiles = [`${import.meta.dirname}/config/property-tests.ts`];
  const programs = Object.keys(bin).map((program) => ({
    globalSetup: [`${import.meta.dirname}/config/program-bundle.ts`],
    provide: {
      program: `${import.meta.dirname}/${folder}/node_modules/.cache/bundle-${process.pid}/${program}.js`,
    },
  }));
  return {
    extends: true as const,
    // The files of one package share what they load: to load it for each is a quarter of all work.
    test: {
      name,
      include: [`${folder}/**/*.test.ts`],
      setupFiles,
      isolate: isolated.includes(name),
      ...programs[0],
    },
  };
});

const coverage = {
  provider: "v8" as const,
  include: ["{packages,apps}/*/src/**/*.ts"],
  exclude: ["**/*.test.ts"],
  reporter: ["text"],
  reportsDirectory: ".cache/coverage",
};

const test = {
  projects,
  coverage,
  // The condition again, for worker threads and child processes that the tests start.
  execArgv: ["--conditions=@orch/source"],
  env: {
    // However the tests were started, the program is called by its own name.
    ORCH_COMMAND: "orch",
    // What the tests start from its sources, which are compiled once: half of what such a process would do.
    NODE_COMPILE_CACHE: `${import.meta.dirname}/.cache/node`,
  },
  // A test waits for disks and processes as much as it computes: on a small machine a core less would be half of them.
  maxWorkers: "100%",
  // Bounds for what hangs, not goals: a busy machine can be twenty times slower than a free one.
  testTimeout: 240_000,
  hookTimeout: 240_000,
};

export default defineConfig({ resolve: { conditions }, ssr: { resolve: { conditions } }, test });
