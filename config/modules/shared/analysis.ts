import { z } from "zod";

const count = z.number().min(0);
const method = z.string().default("syntax");

const functionFact = z.object({
  name: z.string(),
  file: z.string(),
  line: count,
  lines: count,
  complexity: count,
  method,
});

/** What other modules need of an analysis: the output of static_analysis.analyze, or anything of that shape. */
export const analysisDataSchema = z.object({
  path: z.string().default("."),
  quality_score: z.number().min(0).max(10).nullable(),
  score: z
    .object({
      formula: z.string().default(""),
      parts: z
        .array(z.object({ name: z.string(), lost: count, max: count, measured: z.string() }))
        .default([]),
    })
    .prefault({}),
  summary: z.object({
    files: count,
    lines: count,
    code_lines: count,
    comment_lines: count,
    source_files: count,
    source_code_lines: count,
    source_comment_lines: count,
    functions: count,
    average_complexity: count,
    max_complexity: count,
    complex_functions: count,
    long_functions: count,
    large_files: count,
    test_files: count,
    todos: count,
    parse_errors: count,
    skipped: count,
    too_deep: count.default(0),
  }),
  duration_seconds: count.optional(),
  languages: z
    .array(
      z.object({
        name: z.string(),
        kind: z.string().default("programming"),
        method,
        files: count,
        lines: count,
        code: count,
        comment: count.default(0),
        blank: count.default(0),
        functions: count.default(0),
      }),
    )
    .default([]),
  distribution: z.array(z.object({ label: z.string(), functions: count })).default([]),
  largest_files: z
    .array(z.object({ file: z.string(), language: z.string().default(""), lines: count }))
    .default([]),
  complex_functions: z.array(functionFact).default([]),
  longest_functions: z.array(functionFact).default([]),
  todos: z
    .object({ examples: z.array(z.object({ file: z.string(), line: count, text: z.string() })).default([]) })
    .prefault({}),
  skipped: z
    .object({
      reasons: z.record(z.string(), count).default({}),
      examples: z
        .array(z.object({ file: z.string(), reason: z.string(), detail: z.string().optional() }))
        .default([]),
    })
    .prefault({}),
  parse_errors: z
    .object({
      examples: z.array(z.object({ file: z.string(), line: count, message: z.string() })).default([]),
    })
    .prefault({}),
});

/** An analysis as other modules see it. */
export type AnalysisData = z.output<typeof analysisDataSchema>;
