import { action, defineModule } from "@orch/tasks";
import { analysisInputSchema, analyze } from "./analyze.ts";
import { analysisSchema } from "./output.ts";

const analysis = action({
  description:
    "Counts files, lines, functions, complexity and TODOs of the code under a path, lists the largest and most complex, and gives a quality score from 0 to 10 by a documented formula.",
  input: analysisInputSchema,
  output: analysisSchema,
  version: "1",
  run: analyze,
});

/** Measures source code: JavaScript and TypeScript by their syntax tree, other languages by lines. */
export default defineModule({
  name: "static_analysis",
  actions: { analyze_code_quality: analysis, analyze: analysis },
});
