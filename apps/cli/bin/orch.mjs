#!/usr/bin/env node
import { existsSync } from "node:fs";
import { enableCompileCache } from "node:module";

const bundle = new URL("../dist/bundle/orch.js", import.meta.url);
if (existsSync(bundle)) {
  // Before the program is loaded, so that it is compiled once.
  enableCompileCache();
  await import(bundle);
} else {
  process.stderr.write(
    "Error: orch is not built.\n" +
      "  Run 'npm run build' in its repository, or start it from there with 'npm run orch --'.\n",
  );
  process.exitCode = 70;
}
