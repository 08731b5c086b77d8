import type { JsonObject } from "@orch/core";
import { z } from "zod";
import { object } from "../argument.ts";
import { replyText } from "../reply-text.ts";
import { defineTool, HINTS } from "../tool.ts";

const MOST_PROBLEMS = 20;

/** Checks a definition; nothing is stored, loaded or run. */
export const validateWorkflow = defineTool({
  name: "validate_workflow",
  title: "Validate workflow",
  description: "Check a definition without running it: problems, levels, a Mermaid graph",
  input: z.strictObject({ definition: object("As in a workflow file") }),
  data: { valid: "boolean", problems: "array", warnings: "array" },
  hints: HINTS.reads,
  level: "read",
  run({ definition }, { host }) {
    const { valid, problems, warnings, levels, diagram } = host.validateWorkflow(definition);
    const shown = (all: typeof problems): JsonObject[] =>
      all.slice(0, MOST_PROBLEMS).map(({ code, path, message }) => ({
        code,
        path: path.slice(0, 200),
        message: replyText(message, host.config.baseDir),
      }));
    return {
      data: {
        valid,
        problems: shown(problems),
        problems_count: problems.length,
        warnings: shown(warnings),
        levels: levels === null ? null : levels.map((level) => [...level]),
        diagram,
      },
    };
  },
});
