import { mkdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { aBase, aStep, write } from "./base.ts";
import { call, resultOf } from "./call.ts";

describe("a state file that is empty", () => {
  it("is said to be so wherever something is missed in it, and is used as a new one", async () => {
    const base = aBase({ "one.json": { steps: [aStep("a", "add")] } });
    mkdirSync(join(base, ".workflows"), { mode: 0o700 });
    const file = write(base, ".workflows/state.db", "");
    utimesSync(file, 1, 1);
    const list = await call(base, "execution", "list");
    expect(list).toMatchObject({ code: 0, text: expect.stringMatching(/^No executions yet/) });
    expect(list.stderr.join()).toMatch(/state\.db is empty.*backup/);
    expect((await call(base, "status")).stderr.join()).toMatch(/Problem: The state file .* is empty/);
    const shown = await call(base, "execution", "show", "gone", "--json");
    expect(shown.code).toBe(3);
    expect(resultOf(shown)["suggestions"]).toEqual(
      expect.arrayContaining([expect.stringContaining("state.db is empty")]),
    );
    const run = await call(base, "run", "one");
    expect(run.code).toBe(0);
    expect(run.stderr.join()).toMatch(/state\.db is empty/);
    expect((await call(base, "execution", "list")).stderr).toEqual([]);
  });
});
