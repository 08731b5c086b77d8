import type { JsonObject } from "@orch/core";
import { action, builtinRegistry, defineModule, ModuleRegistry } from "@orch/tasks";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { checkWorkflow } from "../src/check-workflow.ts";
import { readDefinitionText } from "../src/definition-files.ts";

const add = action({
  description: "Adds something",
  input: z.object({ item: z.string() }),
  output: z.null(),
  run: () => null,
});
const modules = new ModuleRegistry({ parent: builtinRegistry() }).registerModule(
  defineModule({ name: "shop", actions: { add, remove: add } }),
);

/** The warnings of a definition, each as `code path: message`; where it has problems, too. */
function warningsOf(steps: readonly unknown[], more: JsonObject = {}): string[] {
  const { draft } = readDefinitionText(JSON.stringify({ name: "w", ...more, steps }), "w.json");
  if (draft === null) throw new Error("Nothing was understood");
  const found = checkWorkflow(draft, { modules, workflows: ["nightly", "w"] });
  return found.map(({ code, path, message }) => `${code} ${path}: ${message}`);
}
const step = (name: string, more: JsonObject = {}): JsonObject => ({
  name,
  module: "shop",
  action: "add",
  parameters: { item: "tea" },
  ...more,
});
const control = (kind: string, parameters: JsonObject, more: JsonObject = {}): JsonObject => {
  const [module = "", act = ""] = kind.split(".");
  return { name: "c", module, action: act, parameters, ...more };
};

describe("keys that mean nothing", () => {
  it.each<[string, string, JsonObject, JsonObject]>([
    ["of the workflow", "on_falure: 'on_falure' is no key of a workflow", { on_falure: "stop" }, {}],
    ["of a step", "steps[0].timout: 'timout' is no key of a step", {}, { timout: 5 }],
    ["with an underscore", "steps[0].max_retires: 'max_retires' is no key of a step", {}, { max_retires: 1 }],
    [
      "of a retry",
      "steps[0].retry.facter: 'facter' is no key of a retry",
      {},
      { retry: { factor: 2, facter: 3 } },
    ],
    [
      "of an undo",
      "steps[0].undo.timout: 'timout' is no key of a undo",
      {},
      { undo: { action: "remove", parameters: { item: "x" }, timout: 3 } },
    ],
    [
      "of a resource",
      "steps[0].resources[0].amont: 'amont' is no key of a resource",
      {},
      { resources: [{ type: "cpu", amont: 3 }] },
    ],
    [
      "of a resource of the workflow",
      "resources[0].amont: 'amont' is no key of a resource",
      { resources: [{ type: "cpu", amont: 3 }] },
      {},
    ],
  ])("are found %s, with the one that was probably meant", (_, start, workflow, ofStep) => {
    const [warning = "", ...others] = warningsOf([step("a", ofStep)], workflow);
    expect(warning.startsWith(`UNKNOWN_KEY ${start}, and changes nothing; did you mean '`)).toBe(true);
    expect(others).toEqual([]);
  });

  it("may be notes of others, and known ones in every spelling", () => {
    const known = { depends_on: [], retry_count: 3, timeout: 2, runIf: "true || params.x == 1" };
    expect(warningsOf([step("a", { ...known, "x-owner": "me" })], { $schema: "s", "x-team": 1 })).toEqual([]);
  });

  it("are those of a step without a valid name, by its number", () => {
    expect(warningsOf([step("my step", { action: "ad" })])).toEqual([
      "ACTION_NOT_FOUND steps[0].action: Step 1: module 'shop' has no action 'ad'. Did you mean 'add'?",
    ]);
  });

  it("are found beside problems, too", () => {
    const steps = [{ nme: "a", module: "shop", action: "add" }, step("b", { timeout: -1, timout: 1 }), null];
    expect(warningsOf(steps, { on_falure: "x", mode: "paralel" }).map((text) => text.split(":")[0])).toEqual([
      "UNKNOWN_KEY on_falure",
      "UNKNOWN_KEY steps[0].nme",
      "UNKNOWN_KEY steps[1].timout",
    ]);
  });
});

describe("references that stand for nothing", () => {
  const referring = (text: string, more: JsonObject = {}) =>
    warningsOf([step("load"), step("b", { parameters: { item: text }, ...more })]);

  it("are explained by what they are near to, at their place", () => {
    expect(referring("{{load.outptu}}")).toEqual([
      "WORKFLOW_UNRESOLVED_REFERENCE steps[1].parameters.item: {{load.outptu}}: step 'load' has no 'outptu'; did you mean 'output'?",
    ]);
    expect(referring("{{load}}")).toEqual([
      "WORKFLOW_UNRESOLVED_REFERENCE steps[1].parameters.item: {{load}} names step 'load' as a whole; did you mean 'load.output'?",
    ]);
    expect(referring("{{load.price}}")[0]).toMatch(/has no 'price', but output, result, status/);
    expect(referring("{{laod.output}}")[0]).toMatch(/names no step .* did you mean 'load'\?$/);
  });

  it("are those of a list where there is none", () => {
    expect(referring("{{item.name}}")[0]).toMatch(/^WORKFLOW_UNRESOLVED_REFERENCE .* only in the parameters/);
    expect(referring("{{item.name}}", { foreach: [1] })).toEqual([]);
  });

  it("are all found, each text once, deep in lists as well", () => {
    const parameters = { item: "{{a}} {{b}}", more: { list: ["x", "{{a}}", { y: "{{c}}" }] } };
    expect(warningsOf([step("s", { parameters })]).map((text) => text.split(" ")[1])).toEqual([
      "steps[0].parameters.item:",
      "steps[0].parameters.item:",
      "steps[0].parameters.more.list[2].y:",
    ]);
  });
});

describe("conditions that cannot mean what they say", () => {
  const asking = (run_if: string) =>
    warningsOf([step("load"), step("b", { run_if })], { parameters: { flag: { type: "boolean" } } });

  it.each([
    ["params.flg", "params.flg is no declared parameter. Did you mean 'flag'?"],
    ['params["flg"] == 1', "params.flg is no declared parameter. Did you mean 'flag'?"],
    ["steps.load.outptu.x > 1", "steps.load.outptu: a step has no 'outptu'. Did you mean 'output'?"],
    ['steps.load.status == "faild"', "the status of 'load' is never 'faild'. Did you mean 'failed'?"],
    ['"sucess" != {{load.status}}', "the status of 'load' is never 'sucess'. There is "],
  ])("%s", (text, said) => {
    const [warning, ...others] = asking(text);
    expect(warning).toContain(`INVALID_CONDITION steps[1].run_if: Step 'b': in its condition ${said}`);
    expect(others).toEqual([]);
  });

  it.each([
    "params.flag && steps.load.success",
    "has(params.extra) && params.extra == 1",
    'steps.load.status in ["failed", "timeout"] || steps.load.error != null',
    'steps.load.output.status == "open"',
  ])("say nothing of %s", (text) => {
    expect(asking(text)).toEqual([]);
  });

  it("know no parameters where none are declared", () => {
    expect(warningsOf([step("a", { run_if: "params.anything" })])).toEqual([]);
  });
});

describe("steps that the run performs itself", () => {
  it("have forms that can be used, and defaults that fit them", () => {
    const asked = { message: "How many?" };
    expect(warningsOf([control("human.input", { ...asked, form: { type: "strng" } })])[0]).toMatch(
      /^INVALID_PARAMETERS steps\[0\]\.parameters\.form: Step 'c': human.input will fail: The form is no/,
    );
    const form = { type: "integer" };
    expect(warningsOf([control("human.input", { ...asked, form, default: "x" })])[0]).toMatch(
      /^INVALID_PARAMETERS steps\[0\]\.parameters\.default: /,
    );
    for (const fitting of [{ default: 5 }, { default: "{{n}}" }, {}])
      expect(
        warningsOf([control("human.input", { ...asked, form, ...fitting })], { parameters: { n: {} } }),
      ).toEqual([]);
  });

  it("run workflows that there are", () => {
    expect(warningsOf([control("workflow.run", { workflow: "nighly" })])).toEqual([
      "WORKFLOW_NOT_FOUND steps[0].parameters.workflow: Step 'c': there is no workflow 'nighly'. Did you mean 'nightly'?",
    ]);
    for (const workflow of ["nightly", "{{n}}"])
      expect(warningsOf([control("workflow.run", { workflow })], { parameters: { n: {} } })).toEqual([]);
  });

  it("are never retried, whatever they say", () => {
    const sleeping = (more: JsonObject) => warningsOf([control("wait.sleep", { duration: 1 }, more)]);
    expect(sleeping({ max_retries: 5, retry_delay: 2, retry: { factor: 2 } })).toEqual(
      ["max_retries", "retry_delay", "retry"].map(
        (field) =>
          `NO_EFFECT steps[0].${field}: Step 'c': ${field} has no effect: wait.sleep is never retried`,
      ),
    );
    expect(sleeping({ max_retries: 0 })).toEqual([]);
    expect(sleeping({ max_retries: 3 })).toEqual([]);
  });
});

describe("an undo", () => {
  it("has an action that there is, and parameters that it takes", () => {
    const undone = (undo: JsonObject) => warningsOf([step("a", { undo })]);
    expect(undone({ action: "remov", parameters: {} })).toEqual([
      "ACTION_NOT_FOUND steps[0].undo.action: Step 'a': in its undo module 'shop' has no action 'remov'. Did you mean 'remove'?",
    ]);
    expect(undone({ module: "shpo", action: "remove" })[0]).toMatch(
      /^MODULE_NOT_FOUND steps\[0\]\.undo\.module/,
    );
    expect(undone({ action: "remove", parameters: { item: 5 } })[0]).toMatch(
      /^INVALID_PARAMETERS steps\[0\]\.undo\.parameters\.item/,
    );
    expect(undone({ action: "remove", parameters: { item: "{{a.output}}" } })).toEqual([]);
  });

  it("is missing for a detached run, where others have one", () => {
    const run = (more: JsonObject): JsonObject => ({
      ...step("sub"),
      module: "workflow",
      action: "run",
      parameters: { workflow: "other", detached: true },
      ...more,
    });
    const undo = { action: "remove", parameters: {} };
    const detachedOf = (...steps: JsonObject[]) =>
      warningsOf(steps).filter((text) => text.startsWith("UNDO_DETACHED"));
    expect(detachedOf(step("a", { undo }), run({}))).toEqual([
      "UNDO_DETACHED steps[1].parameters.detached: Step 'sub': it starts a detached run, which is not undone with this one: give the step an undo of its own, which gets the execution_id, or leave detached out",
    ]);
    expect(detachedOf(step("a"), run({}))).toEqual([]);
    const own = {
      undo: { module: "rec", action: "remove", parameters: { id: "{{sub.output.execution_id}}" } },
    };
    expect(detachedOf(step("a", { undo }), run(own))).toEqual([]);
    expect(detachedOf(step("a", { undo }), run({ parameters: { workflow: "other" } }))).toEqual([]);
  });

  it("refers to steps that its step waits for anyway, or says that it makes it wait", () => {
    const undo = (name: string): JsonObject => ({
      action: "remove",
      parameters: { item: `{{${name}.output}}` },
    });
    const waits = (more: JsonObject) =>
      warningsOf([step("a"), step("b", { dependencies: ["a"] }), step("c", { undo: undo("a"), ...more })]);
    expect(waits({})).toEqual([
      "UNDO_DEPENDENCY steps[2].undo.parameters.item: Step 'c': its undo refers to step 'a', which it does not depend on: it waits for 'a' all the same; name that in its dependencies where it is meant",
    ]);
    expect(waits({ dependencies: ["a"] })).toEqual([]);
    expect(waits({ parameters: { item: "{{a.output}}" } })).toEqual([]);
    expect(waits({ run_if: "steps.a.success" })).toEqual([]);
    expect(waits({ dependencies: ["b"] })).toEqual([]);
    expect(waits({ undo: undo("c") })).toEqual([]);
  });

  it("is told nothing that is not so where looking further would cost too much", () => {
    const undo = { action: "remove", parameters: { item: "{{s0.output}}" } };
    const chain = (size: number) =>
      Array.from({ length: size }, (_, at) =>
        step(`s${at}`, at === 0 ? {} : { dependencies: [`s${at - 1}`], undo }),
      );
    // Every step waits for the first through all between: nothing to tell, and nothing is told that is not so.
    expect(warningsOf(chain(3_000))).toEqual([]);
  });
});
