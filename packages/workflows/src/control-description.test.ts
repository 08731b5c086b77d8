import { expect, it } from "vitest";
import { describeControls } from "./control-description.ts";
import { CONTROL_MODULES } from "./control-step.ts";

it("describes every step that the run performs itself", () => {
  const all = [...CONTROL_MODULES].flatMap(describeControls);
  expect(all.map(({ module, action }) => `${module}.${action}`)).toHaveLength(6);
  for (const { description, input } of all) {
    expect(description).toMatch(/\.$/);
    expect(input).toMatchObject({ type: "object" });
  }
  expect(describeControls("shop")).toEqual([]);
});
