import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "./config.ts";

describe("loadConfig", () => {
  let base: string;
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), "orch-config-"));
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));
  const file = (content: unknown, name = "orchestration.json") =>
    writeFileSync(join(base, name), typeof content === "string" ? content : JSON.stringify(content));

  it("has a default for everything", () => {
    expect(loadConfig({ baseDir: base }, {})).toEqual({
      baseDir: base,
      maxWorkers: 4,
      workflowsDir: join(base, "config", "workflows", "production"),
      projectsDir: join(base, "projects"),
      templatesDir: join(base, "config", "templates"),
      modulesDir: join(base, "config", "modules"),
      resourceConfig: null,
      performanceMonitoring: true,
      sessionTimeoutMs: 3_600_000,
      cleanupIntervalMs: 300_000,
      runners: {},
      retention: {},
      stateDir: join(base, ".workflows"),
      configFile: null,
      warnings: [],
    });
  });

  it("reads times in seconds, what is measured and where resources are; the environment wins over the file", () => {
    file({
      session_timeout: 60,
      cleanup_interval: 1.5,
      performance_monitoring: false,
      resource_config: "pool.json",
    });
    expect(loadConfig({ baseDir: base, cleanupIntervalMs: 10 }, {})).toMatchObject({
      sessionTimeoutMs: 60_000,
      cleanupIntervalMs: 10,
      performanceMonitoring: false,
      resourceConfig: join(base, "pool.json"),
      warnings: [],
    });
    const env = { ORCH_RESOURCE_CONFIG: "/etc/pool.json" };
    expect(loadConfig({ baseDir: base }, env).resourceConfig).toBe("/etc/pool.json");
    expect(() => loadConfig({ baseDir: base, sessionTimeoutMs: 0 }, {})).toThrow(/sessionTimeoutMs must be/);
    file({ cleanup_interval: -1 });
    expect(() => loadConfig({ baseDir: base }, {})).toThrow(/cleanup_interval: must be above 0/);
  });

  it("reads the directories of projects and templates, an argument before the file", () => {
    file({ projects_dir: "./mine", templates_dir: "kinds" });
    const config = loadConfig({ baseDir: base, templatesDir: "others" }, {});
    expect(config).toMatchObject({
      projectsDir: join(base, "mine"),
      templatesDir: join(base, "others"),
      warnings: [],
    });
  });

  it("reads what runners and records may take, an argument before the file", () => {
    file({
      runners: {
        threads: 2,
        thread_heap_mb: 64,
        process_memory_mb: 512,
        process_env: ["KEY"],
        cancel_grace_ms: 10,
      },
      retention: {
        ...{ in_memory: 5, max_age_days: 1.5, max_count: null, own_ids_days: 0 },
        ...{ dead_letter_max_age_days: null, dead_letter_max_count: 7 },
      },
    });
    const args = { baseDir: base, runners: { threads: 3 }, retention: { inMemory: 1 } };
    expect(loadConfig(args, {})).toMatchObject({
      runners: { threads: 3, threadHeapMb: 64, processMemoryMb: 512, processEnv: ["KEY"], cancelGraceMs: 10 },
      retention: {
        ...{ inMemory: 1, maxAgeMs: 129_600_000, maxCount: Number.POSITIVE_INFINITY, ownIdsMs: 0 },
        ...{ deadLetterMaxAgeMs: Number.POSITIVE_INFINITY, deadLetterMaxCount: 7 },
      },
    });
  });

  it.each([
    [{ runners: { threads: 0 } }, "runners.threads"],
    [{ runners: { thread_heap_mb: 15 } }, "runners.thread_heap_mb"],
    [{ runners: { process_memory_mb: 8 } }, "runners.process_memory_mb"],
    [{ runners: { thread: 2 } }, "thread"],
    [{ retention: { max_count: 1.5 } }, "retention.max_count"],
    [{ retention: { max_age_days: -1 } }, "retention.max_age_days"],
  ])("refuses %j", (content, key) => {
    file(content);
    expect(() => loadConfig({ baseDir: base }, {})).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringContaining(key) }),
    );
  });

  it("takes the argument before the environment before the file (CFG-01)", () => {
    file({ max_workers: 2 });
    const env = { ORCH_MAX_WORKERS: "3" };
    expect(loadConfig({ baseDir: base, maxWorkers: 5 }, env).maxWorkers).toBe(5);
    expect(loadConfig({ baseDir: base }, env).maxWorkers).toBe(3);
    expect(loadConfig({ baseDir: base }, { ORCH_MAX_WORKERS: "" }).maxWorkers).toBe(2);
  });

  it("takes ORCH_DIR before its alias (CFG-02)", () => {
    const other = join(base, "other");
    mkdirSync(other);
    expect(loadConfig({}, { CODOMYRMEX_ORCHESTRATION_DIR: base, ORCH_DIR: other }).baseDir).toBe(other);
    expect(loadConfig({}, { CODOMYRMEX_ORCHESTRATION_DIR: base }).baseDir).toBe(base);
  });

  it.each(["abc", "0", "-1", "1.5", "NaN"])(
    "refuses ORCH_MAX_WORKERS=%s and names the variable (CFG-03)",
    (value) => {
      const load = () => loadConfig({ baseDir: base }, { ORCH_MAX_WORKERS: value });
      expect(load).toThrow(
        expect.objectContaining({
          code: "CONFIG_INVALID",
          message: expect.stringContaining("ORCH_MAX_WORKERS"),
        }),
      );
      expect(load).toThrow(value);
    },
  );

  it("reads relative paths from the base directory, and the second place of the file", () => {
    mkdirSync(join(base, "config"));
    file({ workflows_dir: "./flows", modules_dir: "mods" }, join("config", "orchestration.json"));
    const config = loadConfig({ baseDir: base }, {});
    expect(config).toMatchObject({ workflowsDir: join(base, "flows"), modulesDir: join(base, "mods") });
    expect(config.configFile).toBe(join(base, "config", "orchestration.json"));
  });

  it("takes keys that begin with // for comments", () => {
    file({ "//": "ours", "// max_workers": "few", max_workers: 2 });
    expect(loadConfig({ baseDir: base }, {})).toMatchObject({ maxWorkers: 2, warnings: [] });
  });

  it("warns of an unknown key and says which was probably meant", () => {
    file({ max_worker: 2 });
    expect(loadConfig({ baseDir: base }, {}).warnings).toEqual([
      expect.stringMatching(/unknown key 'max_worker' is ignored\. Did you mean 'max_workers'\?$/),
    ]);
  });

  it.each([
    ["broken JSON", "{"],
    ["a wrong type", { max_workers: "four" }],
    ["a number out of range", { max_workers: 0 }],
    ["a list", []],
  ])("refuses a file with %s and names it", (_, content) => {
    file(content);
    expect(() => loadConfig({ baseDir: base }, {})).toThrow(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        message: expect.stringContaining(join(base, "orchestration.json")),
      }),
    );
  });

  it("refuses a base directory that is a file", () => {
    file("{}", "some-file");
    expect(() => loadConfig({ baseDir: join(base, "some-file") }, {})).toThrow("is not a directory");
  });

  it("refuses a base directory that is not there", () => {
    expect(() => loadConfig({ baseDir: join(base, "none") }, {})).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID" }),
    );
  });
});
