import { z } from "zod";
import { SKIP_REASONS } from "./tally.ts";

const method = z.enum(["syntax", "lines"]);
const count = z.int().min(0);

const functionFact = z.object({
  name: z.string(),
  file: z.string(),
  line: count,
  lines: count,
  complexity: count,
  language: z.string(),
  method,
});

/** What the analysis answers. Lists are bounded, so it stays far below 200 KB. */
export const analysisSchema = z.object({
  /** The root, absolute. */
  path: z.string(),
  /** 0 to 10, one decimal; null where there is no program to judge. */
  quality_score: z.number().nullable(),
  score: z.object({
    formula: z.string(),
    parts: z.array(z.object({ name: z.string(), lost: z.number(), max: z.number(), measured: z.string() })),
  }),
  summary: z.object({
    files: count,
    directories: count,
    lines: count,
    code_lines: count,
    comment_lines: count,
    blank_lines: count,
    /** Files of programming languages. */
    source_files: count,
    source_code_lines: count,
    source_comment_lines: count,
    functions: count,
    average_complexity: z.number(),
    max_complexity: count,
    complex_functions: count,
    /** Above 60 lines, outside of tests. */
    long_functions: count,
    large_files: count,
    test_files: count,
    todos: count,
    parse_errors: count,
    skipped: count,
    /** Files too deeply nested for the parser, counted by lines. */
    too_deep: count,
  }),
  /** Most code first. */
  languages: z.array(
    z.object({
      name: z.string(),
      kind: z.string(),
      /** `syntax` where any file was parsed; those that were not are among the parse errors or `too_deep`. */
      method,
      files: count,
      lines: count,
      code: count,
      comment: count,
      blank: count,
      functions: count,
      complexity: count,
      bytes: count,
    }),
  ),
  /** Functions per class of complexity. */
  distribution: z.array(z.object({ label: z.string(), functions: count })),
  largest_files: z.array(z.object({ file: z.string(), language: z.string(), lines: count, bytes: count })),
  complex_functions: z.array(functionFact),
  /** Above 60 lines, outside of tests, longest first. */
  longest_functions: z.array(functionFact),
  todos: z.object({
    count,
    examples: z.array(z.object({ file: z.string(), line: count, text: z.string() })),
  }),
  skipped: z.object({
    total: count,
    reasons: z.record(z.enum(SKIP_REASONS), count),
    examples: z.array(
      z.object({ file: z.string(), reason: z.enum(SKIP_REASONS), detail: z.string().optional() }),
    ),
  }),
  parse_errors: z.object({
    count,
    examples: z.array(z.object({ file: z.string(), line: count, message: z.string() })),
  }),
  workers: count,
  duration_seconds: z.number(),
});

/** The answer of the analysis. */
export type Analysis = z.output<typeof analysisSchema>;
