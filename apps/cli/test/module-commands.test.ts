import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { aBase, write } from "./base.ts";
import { call, resultOf } from "./call.ts";
import { orch, resultIn } from "./orch-process.ts";

/** A module whose code leaves a trace when it is run. */
const TRACE = `
  import { writeFileSync } from "node:fs";
  writeFileSync(new URL("../../ran", import.meta.url), "");
  console.log("printed while it was loaded");
  export default { name: "trace", actions: {
    go: { description: "Goes \\x1b[2J on.", isolation: "worker", run: () => 1 },
  } };`;

describe("orch module list", () => {
  it("names all modules and where they are from, and runs no code", async () => {
    const base = aBase();
    write(base, "config/modules/trace.mjs", TRACE);
    const { code, text, stderr } = await call(base, "module", "list");
    expect(code).toBe(0);
    expect(text).toMatch(/^ {2}acts +config\/modules\/acts\.mjs$/m);
    expect(text).toMatch(/^ {2}core +3 actions +built in$/m);
    expect(text).toMatch(/^ {2}human +2 actions +performed by the run itself$/m);
    expect(stderr.join()).toMatch(/known once its code is loaded: orch .*module show <module> --load/);
    const { modules } = resultOf(await call(base, "module", "list", "--json"));
    expect(modules).toContainEqual({
      module: "trace",
      source: "file",
      file: join(base, "config/modules/trace.mjs"),
      loaded: false,
      actions: null,
    });
    expect(modules).toContainEqual(
      expect.objectContaining({ module: "core", source: "built_in", actions: ["echo", "fail", "sleep"] }),
    );
    expect(existsSync(join(base, "ran"))).toBe(false);
    expect(existsSync(join(base, ".workflows"))).toBe(false);
  });
});

describe("orch module show", () => {
  it("shows inputs and outputs of what is known without running code", async () => {
    const base = aBase();
    const { text } = await call(base, "module", "show", "core");
    expect(text).toMatch(/^sleep {2}Waits for `duration` seconds/m);
    expect(text).toMatch(/^ {4}duration +number +=/m);
    expect(text).toMatch(/Output\n {4}string/);
    expect((await call(base, "module", "show", "human")).text).toMatch(/^ {4}message +string +required$/m);
    expect(resultOf(await call(base, "module", "show", "wait", "--json"))).toMatchObject({
      source: "run",
      loaded: true,
      actions: expect.arrayContaining([expect.objectContaining({ action: "sleep" })]),
    });
  });

  it("says that code has to be loaded, and loads it only when it is told to", async () => {
    const base = aBase();
    write(base, "config/modules/trace.mjs", TRACE);
    const shown = await call(base, "module", "show", "trace");
    expect(shown.code).toBe(0);
    expect(shown.text).toMatch(/known once its code is loaded.*\n.*module show trace --load/);
    expect(existsSync(join(base, "ran"))).toBe(false);
    // In a process of its own, since its code writes to the real standard output.
    const loaded = await orch(["module", "show", "trace", "--load", "--json"], { cwd: base });
    expect(resultIn(loaded)).toMatchObject({
      loaded: true,
      actions: [{ action: "go", isolation: "worker", input: null, output: null }],
      suggestions: [],
    });
    expect(loaded.stdout.split("\n")).toHaveLength(2);
    expect(loaded.stderr).toContain("printed while it was loaded");
    expect(existsSync(join(base, "ran"))).toBe(true);
    const person = await call(base, "module", "show", "trace", "--load");
    expect(person.text).toMatch(/^go \(worker\) {2}Goes on\.$/m);
  });

  it("says what was probably meant, and why code cannot be loaded", async () => {
    const base = aBase();
    write(base, "config/modules/broken.mjs", "export default 1;");
    const near = await call(base, "module", "show", "humna", "--json");
    expect(near.code).toBe(3);
    expect(resultOf(near)).toMatchObject({ error_code: "MODULE_NOT_FOUND", details: { near: ["human"] } });
    const broken = await call(base, "module", "show", "broken", "--load", "--json");
    expect(broken.code).toBe(1);
    expect(resultOf(broken)).toMatchObject({ error_code: "MODULE_LOAD_FAILED" });
  });
});
