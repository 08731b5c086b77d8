import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvalidParametersError, noopLogger } from "@orch/core";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { anAttempt, modulesDir } from "../test/attempt.ts";
import { builtinRegistry } from "./default-registry.ts";
import { ModuleRegistry } from "./module-registry.ts";

const context = async () => (await anAttempt("naughty", "echo")).context;
const folder = () => new ModuleRegistry({ modulesDir, parent: builtinRegistry() });

describe("ModuleRegistry", () => {
  it("lists files by name without loading them, and no tests, aliases or empty folders", () => {
    const modules = folder();
    expect(modules.listModules()).toEqual([
      "actionless",
      "alone",
      "apart",
      "core",
      "folder",
      "hostile",
      "naughty",
      "nowhere",
      "runless",
      "shapeless",
      "unloadable",
    ]);
    expect([
      modules.has("unloadable"),
      modules.has("folder", "hello"),
      modules.listActions("folder"),
    ]).toEqual([true, false, []]);
  });

  it("raises where actions of files run, and leaves those in code alone", async () => {
    const modules = new ModuleRegistry({ modulesDir, parent: builtinRegistry(), isolation: "worker" });
    const of = async (module: string, action: string) =>
      (await modules.find(module, action)).definition.isolation ?? "inline";
    expect(await of("folder", "hello")).toBe("worker");
    expect(await of("core", "echo")).toBe("inline");
  });

  it("knows a file's actions once one was resolved", async () => {
    const modules = folder();
    const hello = await modules.resolve("folder", "hello");
    expect(await hello({}, await context())).toBe("hello");
    expect([modules.has("folder", "hello"), modules.listActions("folder")]).toEqual([true, ["hello"]]);
  });

  it("loads a file once, however many ask for it at the same time", async () => {
    const modules = folder();
    const [first, second] = await Promise.all([
      modules.find("folder", "hello"),
      modules.find("folder", "hello"),
    ]);
    expect(second).toBe(first);
  });

  it.each([
    ["unloadable", "not today"],
    ["shapeless", "no module"],
    ["actionless", "'go' must be an object with a function 'run', was 1"],
    ["runless", "'go' has no function 'run': it was 5"],
    ["nowhere", "'go' has the unknown isolation 'proces': choose inline, worker, process"],
    ["hostile", "do not look"],
  ])("refuses to load %s, with file and reason", async (name, reason) => {
    const failure = {
      code: "MODULE_LOAD_FAILED",
      retryable: false,
      details: { module: name, file: expect.stringContaining(name) },
    };
    await expect(folder().resolve(name, "go")).rejects.toMatchObject(failure);
    await expect(folder().load(name)).rejects.toThrow(reason);
  });

  it("says what to install for a file that imports what is not there, or how to do without", async () => {
    const directory = await mkdtemp(join(tmpdir(), "orch-module-"));
    try {
      const file = join(directory, "needy.mjs");
      await writeFile(file, 'import "@orch/not-there"; export default { actions: {} };');
      const modules = new ModuleRegistry({ modulesDir: directory });
      await expect(modules.load("needy")).rejects.toMatchObject({
        suggestions: [
          expect.stringMatching(/^Install @orch\/not-there where the file is found/),
          expect.stringMatching(/^Or import nothing: export default/),
          `See the whole error: node ${file}`,
        ],
      });
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it.each([
    "constructor",
    "__proto__",
    "toString",
    "hasOwnProperty",
    "../naughty",
    "/etc/passwd",
    "naughty.ts",
    "",
    "fo lder",
    "thing.test",
  ])("does not know %j, as a module or as an action", async (name) => {
    const modules = folder().register("own", "act", () => 1);
    expect([modules.has(name), modules.has("own", name), modules.has("naughty", name)]).toEqual([
      false,
      false,
      false,
    ]);
    await expect(modules.resolve(name, "act")).rejects.toMatchObject({ code: "MODULE_NOT_FOUND" });
    await expect(modules.resolve("own", name)).rejects.toMatchObject({ code: "ACTION_NOT_FOUND" });
    await expect(modules.resolve("naughty", name)).rejects.toMatchObject({ code: "ACTION_NOT_FOUND" });
  });

  it("tells where an action's file is, without loading it, as long as nothing else may have the action", async () => {
    const parent = folder().register("folder", "mine", () => 1);
    const modules = new ModuleRegistry({ parent }).alias("nick", "folder").alias("say.it", "folder.hello");
    const place = { module: "folder", action: "hello", file: expect.objectContaining({ protocol: "file:" }) };
    const located = () => [
      modules.locate("folder", "hello"),
      modules.locate("nick", "hello"),
      modules.locate("say", "it"),
    ];
    expect(located()).toEqual([place, place, place]);
    expect(modules.listActions("folder")).toEqual(["mine"]);
    // In code, unknown, in two files, in a file and in code above it.
    const [both, over] = [
      new ModuleRegistry({ modulesDir, parent }),
      new ModuleRegistry({ modulesDir, parent }),
    ];
    expect(modules.locate("folder", "mine")).toBeUndefined();
    expect(modules.locate("core", "echo")).toBeUndefined();
    expect(modules.locate("nothing", "hello")).toBeUndefined();
    expect(both.locate("folder", "hello")).toBeUndefined();
    expect(over.locate("folder", "mine")).toBeUndefined();
    await modules.load("folder");
    expect(located()).toEqual([undefined, undefined, undefined]);
    expect(both.locate("folder", "hello")).toBeUndefined();
  });

  it("names what was probably meant", async () => {
    const near = {
      details: { module: "nauhgty", near: ["naughty"] },
      suggestions: expect.arrayContaining(["Did you mean 'naughty'?"]),
    };
    await expect(folder().resolve("nauhgty", "echo")).rejects.toMatchObject(near);
    await expect(folder().resolve("naughty", "ehco")).rejects.toMatchObject({ details: { near: ["echo"] } });
  });

  it("looks in code, then in files, then in the parent, action by action", async () => {
    const modules = folder()
      .register("naughty", "extra", () => "mine")
      .register("core", "extra", () => "mine");
    const call = async (module: string, action: string) =>
      (await modules.resolve(module, action))({ message: "x" }, await context());
    expect(await call("naughty", "extra")).toBe("mine");
    expect(await call("naughty", "returnUndefined")).toBeUndefined();
    expect(await call("core", "extra")).toBe("mine");
    expect(await call("core", "echo")).toBe("x");
    expect(modules.listActions("core")).toEqual(["echo", "extra", "fail", "sleep"]);
  });

  it.each(["builtin", "test", "test_module"])(
    "reaches the built-in module as %s through a child",
    async (name) => {
      const modules = folder();
      expect(modules.has(name)).toBe(true);
      expect(await (await modules.resolve(name, "echo"))({ message: "hi" }, await context())).toBe("hi");
      expect(modules.listActions(name)).toEqual(["echo", "fail", "sleep"]);
    },
  );

  it("follows aliases of modules and of actions, and refuses one for the other", async () => {
    const modules = new ModuleRegistry()
      .register("m", "a", () => 1)
      .alias("other", "m")
      .alias("x.y", "m.a");
    expect([modules.has("other", "a"), modules.has("x", "y"), modules.has("x")]).toEqual([true, true, false]);
    expect(await (await modules.resolve("x", "y"))({}, await context())).toBe(1);
    expect(() => modules.alias("x", "m.a")).toThrow(InvalidParametersError);
  });

  it("forgets what was registered, and nothing else", () => {
    const modules = folder()
      .register("m", "a", () => 1)
      .register("m", "b", () => 1);
    expect([modules.unregister("m", "a"), modules.unregister("m", "a"), modules.has("m", "b")]).toEqual([
      true,
      false,
      true,
    ]);
    expect([modules.unregister("m"), modules.has("m"), modules.unregister("naughty")]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("takes a schema of zod or JSON Schema, and refuses what is neither", async () => {
    const modules = new ModuleRegistry()
      .register("m", "zod", () => 1, { parametersSchema: z.object({ n: z.number() }) })
      .register("m", "json", () => 1, {
        parametersSchema: { type: "object", properties: { n: { type: "number" } }, required: ["n"] },
      });
    for (const action of ["zod", "json"]) {
      const { definition } = await modules.find("m", action);
      expect([
        definition.input?.safeParse({ n: 1 }).success,
        definition.input?.safeParse({ n: "1" }).success,
      ]).toEqual([true, false]);
    }
    expect(() => modules.register("m", "bad", () => 1, { parametersSchema: { type: "nonsense" } })).toThrow(
      InvalidParametersError,
    );
    expect(() => modules.register("", "a", () => 1)).toThrow(InvalidParametersError);
  });
});

describe("the built-in module", () => {
  it("echoes, sleeps and fails as documented", async () => {
    const modules = builtinRegistry();
    const run = async (action: string, parameters: Record<string, unknown>, attempt = 1) => {
      const { definition } = await modules.find("core", action);
      return definition.run?.(definition.input?.parse(parameters), {
        ...(await context()),
        attempt,
        logger: noopLogger,
      });
    };
    expect([await run("echo", { message: "hi", other: 1 }), await run("echo", { other: 1 })]).toEqual([
      "hi",
      { other: 1 },
    ]);
    expect(await run("sleep", { duration: 0 })).toBe("Slept for 0 seconds");
    await expect(run("fail", {})).rejects.toThrow("Simulated task failure for action: fail");
    await expect(run("fail", { times: 1, message: "no" })).rejects.toThrow("no");
    expect(await run("fail", { times: 1 }, 2)).toBe("ok");
  });
});
