import { InvalidParametersError } from "@orch/core";
import { action, defineModule } from "@orch/tasks";
import { z } from "zod";
import { checkDisk, checkMachine, lookAtMachine } from "./check-machine.ts";
import { type Check, checkCodePath, checkOutputPath } from "./check-paths.ts";

const check = z.object({
  name: z.string(),
  ok: z.boolean(),
  detail: z.string(),
  hint: z.string().optional(),
});

/** Paths that the caller gave: without them the work cannot be done, so they fail the step. */
const REQUIRED: ReadonlySet<string> = new Set(["code_path", "output_path"]);

/** Looks at the machine and at the paths that a workflow is going to use. Changes nothing. */
export default defineModule({
  name: "environment_setup",
  actions: {
    check_environment: action({
      description:
        "Checks Node.js, the machine, free disk space, that the code can be read and that the output can be written.",
      input: z.object({
        code_path: z
          .string()
          .min(1)
          .default(".")
          .describe("Directory with the code, relative to the current directory"),
        output_path: z.string().min(1).nullish().describe("Directory to write to; it need not exist"),
      }),
      output: z.object({
        /** Whether every check passed. */
        ok: z.boolean(),
        checks: z.array(check),
        node: z.string(),
        platform: z.string(),
        cores: z.int().min(1),
        memory_gb: z.number().min(0),
      }),
      async run({ code_path, output_path }, { logger }) {
        const machine = lookAtMachine();
        const checks = [
          ...checkMachine(machine),
          await checkDisk(output_path ?? code_path),
          await checkCodePath(code_path),
        ];
        if (output_path) checks.push(await checkOutputPath(output_path));
        for (const each of checks)
          if (!each.ok) logger.warn(`check failed: ${each.name}: ${each.detail}`, { detail: each.detail });
        refuseUnusable(checks);
        return { ok: checks.every(({ ok }) => ok), checks, ...machine };
      },
    }),
  },
});

function refuseUnusable(checks: readonly Check[]): void {
  const bad = checks.filter(({ name, ok }) => !ok && REQUIRED.has(name));
  if (bad.length === 0) return;
  throw new InvalidParametersError(bad.map(({ name, detail }) => `${name}: ${detail}`).join("; "), {
    details: { problems: bad.map(({ name, detail }) => ({ path: name, message: detail })) },
    suggestions: bad.flatMap(({ hint }) => hint ?? []),
  });
}
