import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqliteStore } from "@orch/core/sqlite";
import { expect, it } from "vitest";

/** Starts the victim and kills it when it has acknowledged `count` results; returns what it acknowledged. */
async function killAfter(count: number, path: string): Promise<string[]> {
  const victim = join(import.meta.dirname, "fixtures", "victim.ts");
  const child = spawn(process.execPath, ["--conditions=@orch/source", victim, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (said.split("\n").length > count) child.kill("SIGKILL");
  });
  const signal = await new Promise((resolve) => child.on("close", (_code, by) => resolve(by)));
  expect(signal).toBe("SIGKILL");
  // What stands behind the last line end was not said whole.
  return said.split("\n").slice(0, -1);
}

it("loses no result that was told when the process is killed, time and again on one store", async () => {
  const directory = mkdtempSync(join(tmpdir(), "orch-kill-"));
  const path = join(directory, "state.db");
  const told: string[] = [];
  for (const count of [5, 40, 120]) told.push(...(await killAfter(count, path)));
  expect(told.length).toBeGreaterThanOrEqual(165);

  const store = sqliteStore(path);
  for (const line of told) {
    const [id = "", data] = line.split(" ");
    const record = store.get(`tasks/${id}`);
    expect(record).toMatchObject({ status: "completed", attempt: 1, result: Number(data) });
  }
  const records = store
    .list("tasks/")
    .map(([, record]) => record as { status: string; parameters: { n: number }; result?: number });
  for (const { status, parameters, result } of records)
    if (status === "completed") expect(result).toBe(parameters.n ** 2);
  // Each of the three left its mark: none had the time to leave in order.
  expect(store.list("instances/")).toHaveLength(3);
  store.close();
  rmSync(directory, { recursive: true });
});
