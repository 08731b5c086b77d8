import { expect, it } from "vitest";
import { z } from "zod";
import { describeAction, describeSchema } from "./action-description.ts";
import { builtinRegistry } from "./default-registry.ts";
import { ModuleRegistry } from "./module-registry.ts";

it("describes an action with JSON Schemas of what it takes and gives", async () => {
  const found = await builtinRegistry().find("core", "sleep");
  expect(describeAction(found)).toMatchObject({
    module: "core",
    action: "sleep",
    isolation: "inline",
    version: null,
    input: { type: "object", properties: { duration: { type: "number", default: 1 } } },
    output: { type: "string" },
  });
});

it("knows nothing of a handler without schemas, or of schemas that are not zod's", async () => {
  const modules = new ModuleRegistry().register("shop", "price", () => 1);
  const found = await modules.find("shop", "price");
  expect(describeAction(found)).toMatchObject({ description: "", input: null, output: null });
  const own = { safeParse: (data: unknown) => ({ success: true, data }) } as unknown as z.ZodType;
  expect(describeSchema(own, "input")).toBeNull();
  expect(describeSchema(z.date(), "output")).toEqual({});
});
