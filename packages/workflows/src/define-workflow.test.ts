import { action, defineModule } from "@orch/tasks";
import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "./define-workflow.ts";
import { makeReference, type Reference } from "./reference-proxy.ts";

const shop = defineModule({
  name: "shop",
  actions: {
    list: action({
      description: "Lists what there is",
      input: z.object({ path: z.string().min(1) }),
      output: z.object({ items: z.array(z.object({ name: z.string(), cents: z.int() })), total: z.number() }),
      run: () => ({ items: [], total: 0 }),
    }),
    price: action({
      description: "Says what an item costs",
      input: z.object({ item: z.string(), count: z.int().default(1) }),
      output: z.number(),
      run: () => 0,
    }),
    report: action({
      description: "Writes it down",
      input: z.object({ text: z.string(), prices: z.array(z.number()).optional(), path: z.string() }),
      output: z.object({ file: z.string() }),
      run: () => ({ file: "" }),
    }),
  },
});

const begin = () =>
  defineWorkflow({
    name: "nightly",
    parameters: {
      path: { type: "string", default: "." },
      size: { type: "string", enum: ["small", "large"] },
      limit: { type: "integer", default: 3 },
      tags: { type: "array", items: { type: "string" } },
    },
  });

describe("a workflow written in code", () => {
  it("is the definition that a file would have", () => {
    const { path, ...others } = {
      path: begin()
        .step("look", shop, "list", ({ params }) => ({ path: params.path }), { timeoutMs: 1500 })
        .step("first", shop, "price", ({ steps, params }) => ({
          item: steps.look.output.items.at(0).name,
          count: params.limit,
        }))
        .step(
          "report",
          shop,
          "report",
          ({ steps }) => ({ text: `${steps.look.output.total} cents`, prices: [steps.first.output, 5] }),
          { dependencies: ["look"], required: false },
        )
        .toDict(),
    };
    expect(others).toEqual({});
    expect(path).toMatchObject({
      name: "nightly",
      steps: [
        { name: "look", module: "shop", action: "list", parameters: { path: "{{path}}" }, timeout: 1.5 },
        { name: "first", parameters: { item: "{{look.output.items.0.name}}", count: "{{limit}}" } },
        {
          name: "report",
          parameters: { text: "{{look.output.total}} cents", prices: ["{{first.output}}", 5] },
          dependencies: ["look"],
          required: false,
        },
      ],
    });
  });

  it("has its dependencies from its references", () => {
    const { graph } = begin()
      .step("look", shop, "list", () => ({}))
      .step("first", shop, "price", ({ steps }) => ({ item: steps.look.output.items.at(0).name }))
      .compile();
    expect(graph.edgeCount).toBe(1);
  });

  it("adds to a copy: what it grew from stays as it was", () => {
    const one = begin().step("a", shop, "list", () => ({}));
    one.step("b", shop, "list", () => ({}));
    expect(one.compile().steps).toHaveLength(1);
  });

  it("goes through a list, with the type of its items, and says what it gives", () => {
    const definition = begin()
      .step("look", shop, "list", () => ({}))
      .each(
        "prices",
        ({ steps }) => steps.look.output.items,
        shop,
        "price",
        ({ item, index }) => {
          expectTypeOf(item.name).toExtend<Reference<string>>();
          return { item: item.name, count: index };
        },
        { maxParallel: 2 },
      )
      .outputs(({ steps }) => {
        expectTypeOf(steps.prices.output).toExtend<Reference<number[]>>();
        return { prices: steps.prices.output, first: [steps.prices.output.at(0)] };
      });
    const written = definition.draft();
    expect(written).toMatchObject({
      steps: [
        { name: "look" },
        {
          name: "prices",
          foreach: "{{look.output.items}}",
          maxParallel: 2,
          parameters: { item: "{{item.name}}", count: "{{index}}" },
        },
      ],
      outputs: { prices: "{{prices.output}}", first: ["{{prices.output.0}}"] },
    });
  });

  it("refuses what cannot be referred to", () => {
    const output = makeReference<Record<string, number[]>>("s.output");
    expect(() => output["a b"]).toThrow(/"a b" cannot stand in a reference/);
    expect(() => output["list"]?.at(-1)).toThrow(/-1 is no place in a list/);
  });

  it("is checked like any other", () => {
    const twice = begin()
      .step("a", shop, "list", () => ({}))
      .step("a", shop, "list", () => ({}));
    expect(() => twice.compile()).toThrow(expect.objectContaining({ code: "WORKFLOW_DEFINITION_INVALID" }));
    expect(() => begin().toDict()).toThrow(/at least one step/);
  });

  it("knows the types of parameters and outputs", () => {
    begin()
      .step("look", shop, "list", ({ params }) => {
        expectTypeOf(params.path).toExtend<Reference<string>>();
        expectTypeOf(params.size).toExtend<Reference<"small" | "large">>();
        expectTypeOf(params.limit).toExtend<Reference<number>>();
        expectTypeOf(params.tags).toExtend<Reference<string[]>>();
        return { path: params.path };
      })
      .step("maybe", shop, "price", () => ({ item: "x" }), { required: false })
      .step("report", shop, "report", ({ steps }) => {
        expectTypeOf(steps.look.output.total).toExtend<Reference<number>>();
        expectTypeOf(steps.look.output.items.at(0).cents).toExtend<Reference<number>>();
        expectTypeOf(steps.maybe.output).toExtend<Reference<number | null>>();
        expectTypeOf(steps.maybe.output).not.toExtend<Reference<number>>();
        return { text: steps.look.status };
      });
  });

  it("does not compile where parameters do not fit", () => {
    const look = begin().step("look", shop, "list", () => ({}));
    // @ts-expect-error: there is no such action
    look.step("a", shop, "prize", () => ({}));
    // @ts-expect-error: item is required, and no parameter of the workflow fills it in
    look.step("a", shop, "price", () => ({}));
    // @ts-expect-error: a number where a text is wanted
    look.step("a", shop, "price", ({ steps }) => ({ item: steps.look.output.total }));
    // @ts-expect-error: a text where a number is wanted
    look.step("a", shop, "price", ({ params }) => ({ item: "x", count: params.path }));
    look.step("a", shop, "price", ({ steps }) => ({
      // @ts-expect-error: the output has no such field
      item: steps.look.output.things,
    }));
    look.step("a", shop, "price", ({ steps }) => ({
      // @ts-expect-error: there is no such step
      item: String(steps.later.output),
    }));
    // @ts-expect-error: only steps before can be depended on
    look.step("a", shop, "price", () => ({ item: "x" }), { dependencies: ["later"] });
    expect(look.compile().steps).toHaveLength(1);
  });
});
