import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PerformanceMonitor } from "./performance-monitor.ts";

describe("a performance monitor", () => {
  it("says how long calls took, by name and all together, and forgets", () => {
    const monitor = new PerformanceMonitor();
    expect(monitor.getStats()).toEqual({});
    monitor.record("a", { executionTimeMs: 1000 });
    monitor.record("b", { executionTimeMs: 3000, metadata: { step: 1 } });
    expect(monitor.getStats("a")).toMatchObject({
      function_name: "a",
      total_calls: 1,
      execution_time: { avg: 1 },
    });
    expect(monitor.getStats()).toMatchObject({
      function_name: "all",
      total_calls: 2,
      execution_time: { min: 1, max: 3, avg: 2, total: 4 },
    });
    expect(monitor.getStats("c")).toEqual({});
    expect(() => monitor.record("a", { executionTimeMs: Number.NaN })).toThrow(
      expect.objectContaining({ code: "INVALID_PARAMETERS" }),
    );
    monitor.clear();
    expect(monitor.getStats()).toEqual({});
  });

  it("keeps the last 10,000 calls", () => {
    const monitor = new PerformanceMonitor();
    for (let call = 0; call < 10_001; call++) monitor.record(`${call}`, { executionTimeMs: 1 });
    expect(monitor.getStats()).toMatchObject({ total_calls: 10_000 });
    expect(monitor.names()).not.toContain("0");
  });

  it("writes what it has to a file, and says so when it cannot", () => {
    const directory = mkdtempSync(join(tmpdir(), "orch-monitor-"));
    const monitor = new PerformanceMonitor();
    monitor.record("a", { executionTimeMs: 500, metadata: { n: 1 } });
    const file = join(directory, "metrics.json");
    monitor.exportMetrics(file);
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
      summary: { total_calls: 1 },
      samples: [{ name: "a", execution_time: 0.5, metadata: { n: 1 } }],
    });
    expect(() => monitor.exportMetrics(join(directory, "no", "file"))).toThrow(
      expect.objectContaining({ code: "STORAGE_ERROR" }),
    );
    rmSync(directory, { recursive: true });
  });
});
