import { action, defineModule } from "@orch/tasks";
import { z } from "zod";
import { analysisDataSchema } from "../shared/analysis.ts";
import { parseFocus } from "./focus.ts";
import { insightsOf, insightsSchema } from "./insights.ts";
import { KINDS, LANGUAGES, snippetOf, snippetSchema } from "./snippet.ts";

/** Says what an analysis means and what to try, and writes skeletons of code, by rules. No model is called. */
export default defineModule({
  name: "ai_code_editing",
  actions: {
    generate_code_insights: action({
      description:
        "Findings from an analysis of code, by documented rules: what, why, evidence and what to try. No model is called.",
      input: z.object({
        analysis_data: analysisDataSchema.describe("The output of static_analysis.analyze_code_quality"),
        focus_areas: z
          .array(z.string())
          .default([])
          .describe(
            "Only these areas, in this order: complexity, size, maintainability, documentation, todo_debt, structure, tests, correctness",
          ),
      }),
      output: insightsSchema,
      version: "1",
      run({ analysis_data, focus_areas }) {
        return insightsOf(analysis_data, parseFocus(focus_areas));
      },
    }),
    generate_code_snippet: action({
      description:
        "A skeleton of a function, a class or a test in TypeScript, JavaScript or Python, by rules. No model is called.",
      input: snippetSchema,
      output: z.object({
        code: z.string(),
        language: z.enum(LANGUAGES),
        kind: z.enum(KINDS),
        name: z.string(),
        file_name: z.string(),
        note: z.string(),
      }),
      version: "1",
      run: (input) => snippetOf(input),
    }),
  },
});
