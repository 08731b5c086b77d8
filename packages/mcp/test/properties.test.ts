import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { OrchestrationMCPTools } from "../src/orchestration-mcp-tools.ts";
import { TOOLS } from "../src/tool-table.ts";
import { brokenValuesOf, valuesOf } from "./schema-arbitrary.ts";
import { smallHost } from "./small-host.ts";

const baseDir = realpathSync(mkdtempSync(join(tmpdir(), "orch-mcp-")));
const host = smallHost(baseDir);
const tools = new OrchestrationMCPTools(host, { followUp: true });
const ajv = new Ajv2020({ strict: true, strictTypes: false });
const checks = new Map(TOOLS.map((tool) => [tool.name, ajv.compile(tool.outputSchema)]));

afterAll(async () => {
  await host[Symbol.asyncDispose]();
  rmSync(baseDir, { recursive: true, force: true });
});

/** Calls a tool; whatever comes back fits its schema and is JSON. */
async function call(tool: (typeof TOOLS)[number], args: Record<string, unknown>) {
  const result = await tools.executeTool(tool.name, args as never);
  const check = checks.get(tool.name);
  expect(check?.(result), JSON.stringify([result, check?.errors])).toBe(true);
  expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  return result;
}

/** What the schema cannot say: the parameters of an operation are its own. */
const isOwnBusiness = (name: string, args: Record<string, unknown>): boolean =>
  name === "manage_project" && args["operation"] !== "status" && args["operation"] !== "archive";

describe.each(TOOLS.map((tool) => [tool.name, tool] as const))("%s", (name, tool) => {
  it("takes whatever its schema allows", async () => {
    const validate = ajv.compile(tool.inputSchema);
    await fc.assert(
      fc.asyncProperty(
        valuesOf(tool.inputSchema as never) as fc.Arbitrary<Record<string, unknown>>,
        async (args) => {
          expect(validate(args), JSON.stringify([args, validate.errors])).toBe(true);
          const { error } = await call(tool, args);
          const codes = isOwnBusiness(name, args)
            ? ["INTERNAL_ERROR"]
            : ["INTERNAL_ERROR", "INVALID_PARAMETERS"];
          expect(codes, JSON.stringify([args, error])).not.toContain(error?.error_code);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("says of whatever its schema refuses what is wrong, and what to try", async () => {
    const validate = ajv.compile(tool.inputSchema);
    await fc.assert(
      fc.asyncProperty(brokenValuesOf(tool.inputSchema as never), async (args) => {
        fc.pre(!validate(args));
        const { error, status } = await call(tool, args);
        expect([status, error?.error_code]).toEqual(["failure", "INVALID_PARAMETERS"]);
        expect(error?.error_details["problems"]).toContainEqual({
          path: expect.any(String),
          message: expect.any(String),
        });
        expect(error?.suggestions.length).toBeGreaterThan(0);
      }),
      { numRuns: 40 },
    );
  });
});
