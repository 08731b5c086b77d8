import type { JsonObject } from "@orch/core";
import { action, builtinRegistry, defineModule, ModuleRegistry, type TaskResource } from "@orch/tasks";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { checkWorkflow } from "./check-workflow.ts";
import { compileDefinition } from "./workflow-library.ts";

const run = () => null;
const modules = new ModuleRegistry({ parent: builtinRegistry() }).registerModule(
  defineModule({
    name: "shop",
    actions: {
      price: action({
        description: "Says what something costs",
        input: z.object({
          item: z.string().min(1),
          count: z.int().min(1).default(1),
          options: z.object({ gift: z.boolean(), notes: z.array(z.string()) }).optional(),
        }),
        output: z.null(),
        run,
      }),
      strange: action({
        description: "Its schema throws",
        input: z.unknown().transform(() => {
          throw new Error("no");
        }),
        output: z.null(),
        run,
      }),
    },
  }),
);

const check = (
  steps: readonly JsonObject[],
  more: JsonObject = {},
  whyNever?: (r: readonly TaskResource[]) => string | null,
) =>
  checkWorkflow(compileDefinition({ name: "w", steps, ...more }), { modules, whyNever }).map(
    ({ code, path, message }) => [code, path, message],
  );
const price = (parameters: JsonObject, more: JsonObject = {}): JsonObject => ({
  name: "s",
  module: "shop",
  action: "price",
  parameters,
  ...more,
});

describe("checking a sound definition", () => {
  it("finds nothing to say of one that fits its modules", () => {
    expect(check([price({ item: "tea", count: 2, options: { gift: true, notes: [] } })])).toEqual([]);
  });

  it("does not look at modules without a registry", () => {
    const compiled = compileDefinition({ name: "w", steps: [{ name: "s", module: "gone", action: "a" }] });
    expect(checkWorkflow(compiled)).toEqual([]);
  });

  it("says which module or action is not known, and what was probably meant", () => {
    const steps = [
      { name: "a", module: "shopp", action: "price" },
      { name: "b", module: "shop", action: "prize" },
      { name: "c", module: "human", action: "aproval" },
      { name: "d", module: "wait", action: "approval" },
      { name: "e", module: "workflow", action: "sing" },
    ];
    expect(check(steps)).toEqual([
      [
        "MODULE_NOT_FOUND",
        "steps[0].module",
        "Step 'a': module 'shopp' is not known here. Did you mean 'shop'?",
      ],
      [
        "ACTION_NOT_FOUND",
        "steps[1].action",
        "Step 'b': module 'shop' has no action 'prize'. Did you mean 'price'?",
      ],
      [
        "ACTION_NOT_FOUND",
        "steps[2].action",
        "Step 'c': there is no human.aproval, but human.approval, human.input. Did you mean 'human.approval'?",
      ],
      [
        "ACTION_NOT_FOUND",
        "steps[3].action",
        "Step 'd': there is no wait.approval, but wait.sleep, wait.until, wait.answer. Did you mean 'human.approval'?",
      ],
      ["ACTION_NOT_FOUND", "steps[4].action", "Step 'e': there is no workflow.sing, but workflow.run"],
    ]);
  });

  it.each<[string, JsonObject, readonly string[]]>([
    ["values of a wrong type", { item: 5, count: "many" }, ["item", "count"]],
    [
      "values deep inside",
      { item: "tea", options: { gift: 1, notes: ["x", 2] } },
      ["options.gift", "options.notes.1"],
    ],
    ["text around a reference where a number is wanted", { item: "tea", count: "{{n}} times" }, ["count"]],
    ["the default of a parameter that is referred to", { item: "{{empty}}" }, ["item"]],
    ["a key that nobody gives", {}, ["item"]],
  ])("finds %s", (_, parameters, paths) => {
    const declared = { n: { type: "integer" }, empty: { type: "string", default: "" } };
    const found = check([price(parameters)], { parameters: declared });
    expect(found.map(([code, path]) => [code, path])).toEqual(
      paths.map((path) => ["INVALID_PARAMETERS", `steps[0].parameters.${path}`]),
    );
  });

  it.each<[string, JsonObject]>([
    ["a reference to a step", { item: "tea", count: "{{first.output.count}}" }],
    ["a reference to a parameter without a default", { item: "{{n}}", count: "{{n}}" }],
    ["text around a reference where text is wanted", { item: "{{n}} cups" }],
    ["references deep inside", { item: "tea", options: { gift: "{{n}}", notes: "{{n}}" } }],
    ["an object that a reference stands for", { item: "tea", options: "{{n}}" }],
    ["a key that a parameter of the run gives", { count: 3 }],
  ])("knows nothing of %s", (_, parameters) => {
    const first = { name: "first", module: "core", action: "echo" };
    const found = check([first, price(parameters)], { parameters: { n: {}, item: { type: "string" } } });
    expect(found).toEqual([]);
  });

  it("says nothing where a schema cannot be asked, and of the items of a list", () => {
    expect(check([price({}, { action: "strange" })])).toEqual([]);
  });

  it("names what must be given with each run", () => {
    expect(check([price({ item: "{{itm}}" })], { parameters: { item: { type: "string" } } })).toEqual([
      [
        "WORKFLOW_UNRESOLVED_REFERENCE",
        "steps[0].parameters.item",
        "{{itm}} names no step and no declared parameter: 'itm' must be given with each run; did you mean 'item'?",
      ],
    ]);
  });

  it("finds conditions that ask nothing, and the steps that can never run for them", () => {
    const steps = [
      price({ item: "a" }, { name: "on", run_if: "true || false" }),
      price({ item: "b" }, { name: "off", run_if: "'' == 'x'" }),
      price({ item: "c" }, { name: "after", dependencies: ["off"] }),
      price({ item: "d" }, { name: "last", dependencies: ["after"] }),
      price({ item: "e" }, { name: "maybe", run_if: "params.x" }),
      price({ item: "f" }, { name: "optional", run_if: "false", required: false }),
      price({ item: "g" }, { name: "runs", dependencies: ["optional"] }),
    ];
    expect(check(steps).map(([code, path]) => [code, path])).toEqual([
      ["CONSTANT_CONDITION", "steps[0].run_if"],
      ["CONSTANT_CONDITION", "steps[1].run_if"],
      ["CONSTANT_CONDITION", "steps[5].run_if"],
      ["UNREACHABLE_STEP", "steps[2]"],
      ["UNREACHABLE_STEP", "steps[3]"],
    ]);
  });

  it("finds demands that can never be met", () => {
    const whyNever = (resources: readonly TaskResource[]) =>
      resources.some(({ amount = 0 }) => amount > 8) ? "cpu has 8" : null;
    const steps = [9, 8].map((amount) =>
      price({ item: "a" }, { name: `s${amount}`, resources: [{ type: "cpu", amount }] }),
    );
    expect(check(steps, {}, whyNever)).toEqual([
      ["RESOURCE_UNAVAILABLE", "steps[0].resources", "Step 's9': it can never start here: cpu has 8"],
    ]);
  });
});
