import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runCommandLine } from "../src/command-line.ts";
import { aBase, aStep, write } from "./base.ts";
import { type FakeTerminal, fakeTerminal } from "./fake-terminal.ts";

async function call(base: string, ...args: string[]): Promise<FakeTerminal & { readonly code: number }> {
  const terminal = fakeTerminal();
  const code = await runCommandLine([...args, "--base-dir", base], terminal);
  return { ...terminal, code };
}
const resultOf = ({ stdout }: FakeTerminal) => JSON.parse(stdout.at(-1) ?? "") as Record<string, unknown>;
const ran = async (base: string, workflow: string) =>
  String(resultOf(await call(base, "run", workflow, "--json"))["execution_id"]);
const idsIn = async (base: string) =>
  (resultOf(await call(base, "execution", "list", "--json"))["executions"] as { execution_id: string }[]).map(
    ({ execution_id }) => execution_id,
  );
const ask = { name: "ask", module: "human", action: "approval", parameters: { message: "Go on?" } };

/** Starts a workflow that waits for a person; `end` ends it. */
async function waiting(base: string, workflow: string) {
  const running = call(base, "run", workflow, "--quiet");
  for (;;) {
    const [id] = await idsIn(base);
    const shown = id === undefined ? null : await call(base, "execution", "events", id, "--json");
    if (id !== undefined && shown?.stdout.some((line) => line.includes('"step_waiting"')))
      return { id, running };
  }
}

describe("orch execution delete", () => {
  it("deletes one that has ended and no other, and knows it no more", async () => {
    const base = aBase({ "w.json": { steps: [aStep("a", "add")] } });
    const [first, second] = [await ran(base, "w"), await ran(base, "w")];
    const { code, stdout } = await call(base, "execution", "delete", first);
    expect({ code, stdout }).toEqual({ code: 0, stdout: [`Deleted ${first}`] });
    expect(await idsIn(base)).toEqual([second]);
    const again = await call(base, "execution", "delete", first, "--json");
    expect(resultOf(again)).toMatchObject({ success: false, error_code: "EXECUTION_NOT_FOUND" });
    expect(again.code).not.toBe(0);
  });

  it("refuses one that runs; orch cancel ends it", async () => {
    const base = aBase({ "w.json": { steps: [ask] } });
    const { id, running } = await waiting(base, "w");
    const refused = await call(base, "execution", "delete", id, "--json");
    expect(resultOf(refused)).toMatchObject({ error_code: "INVALID_STATE" });
    expect(refused.code).not.toBe(0);
    const workflow = await call(base, "workflow", "delete", "w", "--json");
    expect(resultOf(workflow)).toMatchObject({
      error_code: "INVALID_STATE",
      error: "Workflow 'w' cannot be deleted: 1 execution of it has not ended",
      details: { executions: [id] },
    });
    expect((await call(base, "cancel", id)).code).toBe(0);
    await running;
    expect((await call(base, "execution", "delete", id)).code).toBe(0);
    expect(await idsIn(base)).toEqual([]);
  });
});

describe("orch workflow delete", () => {
  it("deletes the file; executions of it stay", async () => {
    const base = aBase({
      "w.json": { steps: [aStep("a", "add")] },
      "v.json": { steps: [aStep("a", "add")] },
    });
    const id = await ran(base, "w");
    const file = join(base, "config/workflows/production/w.json");
    expect(resultOf(await call(base, "workflow", "delete", "w", "--json"))).toMatchObject({
      success: true,
      workflow: "w",
      file,
    });
    expect(existsSync(file)).toBe(false);
    expect(existsSync(join(base, "config/workflows/production/v.json"))).toBe(true);
    expect(await idsIn(base)).toEqual([id]);
    expect((await call(base, "execution", "show", id)).code).toBe(0);
    const again = resultOf(await call(base, "workflow", "delete", "w", "--json"));
    expect(again).toMatchObject({ success: false, error_code: "WORKFLOW_NOT_FOUND" });
  });

  it("refuses those that come with the program", async () => {
    const folder = fileURLToPath(new URL("../../../config/workflows/production", import.meta.url));
    const base = aBase();
    const config = write(base, "orch.json", JSON.stringify({ workflows_dir: folder }));
    const file = join(folder, "deploy.json");
    const content = readFileSync(file);
    const refused = await call(base, "workflow", "delete", "deploy", "--json", "--config", config);
    const isKept = existsSync(file);
    // A failure here must not cost the file.
    if (!isKept) writeFileSync(file, content);
    expect(isKept).toBe(true);
    expect(resultOf(refused)).toMatchObject({ error_code: "INVALID_STATE", details: { workflow: "deploy" } });
  });
});
