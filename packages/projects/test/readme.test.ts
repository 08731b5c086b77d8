import { expect, it } from "vitest";
import { runReadmeExample } from "../../../config/readme-example.ts";
import { sandbox } from "./sandbox.ts";

const folder = sandbox();

it("prints what the README says it prints", async () => {
  const { printed, expected, calls } = await runReadmeExample(import.meta.url, "@orch/projects", folder());
  expect(printed).toEqual(expected);
  expect(expected).toHaveLength(calls);
});
