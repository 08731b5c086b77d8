import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { deleteResourceEntry, putResourceEntry, readResourceEntry } from "./resource-entries.ts";
import { ResourceManager } from "./resource-manager.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "orch-entries-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const GPU = { type: "gpu", capacity: { units: 2 } };

it("writes entries that a manager reads, and takes them out again", () => {
  const path = join(folder, "resources.json");
  expect(deleteResourceEntry(path, "gpu0")).toBe(false);
  putResourceEntry(path, "gpu0", GPU);
  putResourceEntry(path, "door", { type: "lock" });
  expect(readResourceEntry(path, "gpu0")).toEqual(GPU);
  const manager = new ResourceManager({ baseDir: folder, defaultResources: false });
  expect(manager.listResources().map(({ id }) => id)).toEqual(["gpu0", "door"]);
  expect(deleteResourceEntry(path, "gpu0")).toBe(true);
  expect(deleteResourceEntry(path, "gpu0")).toBe(false);
  expect(readResourceEntry(path, "gpu0")).toBeNull();
  expect(readdirSync(folder)).toEqual(["resources.json"]);
});

it("leaves what else is in the file as it was, and does not touch one that it cannot read", () => {
  const path = join(folder, "resources.json");
  writeFileSync(path, JSON.stringify({ note: "ours", resources: { door: { type: "lock", own: 1 } } }));
  putResourceEntry(path, "gpu0", GPU);
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({
    note: "ours",
    resources: { door: { type: "lock", own: 1 }, gpu0: GPU },
  });
  for (const text of ["{", "[]", '{"resources": []}']) {
    writeFileSync(path, text);
    expect(() => putResourceEntry(path, "gpu0", GPU)).toThrow(/Cannot read resources from/);
    expect(readFileSync(path, "utf8")).toBe(text);
  }
});
