import { resolve } from "node:path";
import { action, defineModule } from "@orch/tasks";
import { z } from "zod";
import { projectFolder } from "../shared/project-folder.ts";
import { audit } from "./audit.ts";
import { SEVERITIES } from "./rules.ts";

const count = z.int().min(0);

/** Looks for secrets and dangerous code by documented rules, on this machine alone. */
export default defineModule({
  name: "security_audit",
  actions: {
    scan_codebase: action({
      description:
        "Finds keys, tokens and passwords in code, text that is run as code, unchecked certificates and the like; secrets are never shown whole.",
      input: z.object({
        path: z.string().min(1).default(".").describe("Directory with the code"),
        exclude: z.array(z.string()).default([]).describe("Left out, in the syntax of .gitignore"),
        max_findings: z
          .int()
          .min(1)
          .max(10_000)
          .default(200)
          .describe("Findings that are told, the worst first"),
      }),
      output: z.object({
        path: z.string(),
        findings: z.array(
          z.object({
            rule: z.string(),
            severity: z.enum(SEVERITIES),
            title: z.string(),
            suggestion: z.string(),
            file: z.string(),
            line: count,
            excerpt: z.string(),
          }),
        ),
        total: count,
        by_severity: z.object({ high: count, medium: count, low: count }),
        files_scanned: count,
        files_skipped: count,
        rules_applied: count,
      }),
      version: "1",
      async run({ path, exclude, max_findings }, { signal }) {
        await projectFolder(path, "path");
        const { findings, ...rest } = await audit(resolve(path), { exclude, most: max_findings, signal });
        return { path: resolve(path), ...rest, findings: [...findings] };
      },
    }),
  },
});
