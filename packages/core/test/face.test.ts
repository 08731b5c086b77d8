import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import * as core from "../src/index.ts";
import * as sqlite from "../src/sqlite.ts";
import * as testing from "../src/testing.ts";

/** What `file` and all that it imports take from outside of the package, types aside. */
function importsOf(file: string, seen = new Set<string>()): Set<string> {
  const outside = new Set<string>();
  if (seen.has(file)) return outside;
  seen.add(file);
  const source = readFileSync(file, "utf8");
  for (const [, specifier = ""] of source.matchAll(/^(?:import|export) (?!type )[^;]*? from "([^"]+)";/gm)) {
    if (!specifier.startsWith(".")) outside.add(specifier);
    else for (const found of importsOf(join(dirname(file), specifier), seen)) outside.add(found);
  }
  return outside;
}

it("exports these names, which are a promise", () => {
  expect(Object.keys(core).sort()).toEqual([
    "API_VERSION",
    "ConfigurationError",
    "ERROR_CODES",
    "EventBus",
    "InvalidParametersError",
    "MAX_JSON_DEPTH",
    "OrchestrationError",
    "OrchestrationMode",
    "PermissionDeniedError",
    "StorageError",
    "assertNever",
    "canonicalJson",
    "cleanLine",
    "cleanText",
    "dataClass",
    "didYouMean",
    "err",
    "errorMessage",
    "errorType",
    "findLossy",
    "fromIso",
    "interpolate",
    "invalid",
    "invariant",
    "isErrorCode",
    "isMemoryStore",
    "isObject",
    "makeDirectory",
    "memoryStore",
    "nearestNames",
    "nested",
    "newId",
    "newRandomId",
    "noopLogger",
    "ok",
    "onceUnlocked",
    "parseTemplate",
    "placeholdersIn",
    "replaceFile",
    "showInMemory",
    "sleep",
    "snakeCase",
    "systemClock",
    "toDate",
    "toErrorResponse",
    "toIso",
    "valueAt",
    "whileLocked",
  ]);
  expect(Object.keys(sqlite)).toEqual(["sqliteStore"]);
  expect(Object.keys(testing).sort()).toEqual([
    "ManualClock",
    "collectEvents",
    "describeStore",
    "seededRandom",
  ]);
  expect(Object.values(core.OrchestrationMode)).toEqual([
    "sequential",
    "parallel",
    "priority",
    "resource_aware",
  ]);
});

it("imports nothing of Node.js at its root, and zod alone from elsewhere", () => {
  const src = join(import.meta.dirname, "..", "src");
  expect([...importsOf(join(src, "index.ts"))]).toEqual(["zod"]);
  expect([...importsOf(join(src, "sqlite.ts"))]).toContain("node:sqlite");
});
