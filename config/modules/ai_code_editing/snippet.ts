import { InvalidParametersError } from "@orch/core";
import { z } from "zod";

/** Languages that snippets are written in. */
export const LANGUAGES = ["typescript", "javascript", "python"] as const;
/** What a snippet is of. */
export const KINDS = ["function", "class", "test"] as const;

const name = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, "must be a name: letters, digits and _");

/** What a snippet is written from. */
export const snippetSchema = z.object({
  prompt: z
    .string()
    .max(2000)
    .default("")
    .describe("What it is to do: it becomes the comment, and the name where none is given"),
  language: z.enum(LANGUAGES).default("typescript"),
  kind: z.enum(KINDS).default("function"),
  name: name.optional().describe("Of the function or class, or of what is tested"),
  parameters: z
    .array(
      z.object({
        name,
        type: z
          .string()
          .regex(/^[\w<>[\]|, .]{1,80}$/, "must be a type")
          .optional(),
      }),
    )
    .max(20)
    .default([]),
  returns: z
    .string()
    .regex(/^[\w<>[\]|, .]{1,80}$/, "must be a type")
    .optional(),
});
/** The input after defaults. */
export type SnippetInput = z.output<typeof snippetSchema>;

/** A skeleton to fill in. */
export interface Snippet {
  readonly code: string;
  readonly language: SnippetInput["language"];
  readonly kind: SnippetInput["kind"];
  readonly name: string;
  readonly file_name: string;
  readonly note: string;
}

const NOTE = "A skeleton made by rules from what was given; no model was called. Its body is yours to write.";

/** Writes a skeleton. The same input gives the same text. INVALID_PARAMETERS without a name or words to make one of. */
export function snippetOf(input: SnippetInput): Snippet {
  const { language, kind } = input;
  const isClass = kind === "class";
  const called = styled(input.name ?? nameFrom(input.prompt), language, isClass);
  const text = (language === "python" ? PYTHON : SCRIPT)[kind](called, input);
  const extension = { typescript: "ts", javascript: "js", python: "py" }[language];
  const base = called.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, "-").toLowerCase();
  const file_name =
    language === "python"
      ? `${kind === "test" ? "test_" : ""}${base.replaceAll("-", "_")}.py`
      : `${base}${kind === "test" ? ".test" : ""}.${extension}`;
  return { code: `${text}\n`, language, kind, name: called, file_name, note: NOTE };
}

const FILLERS: ReadonlySet<string> = new Set(
  "a an the that which and or to of for in with is are be write create make function class method test please".split(
    " ",
  ),
);

/** The first words of a prompt that say something. */
function nameFrom(prompt: string): string {
  const words = prompt.match(/[A-Za-z][A-Za-z0-9]*/g) ?? [];
  const telling = words.filter((word) => !FILLERS.has(word.toLowerCase())).slice(0, 4);
  if (telling.length > 0) return telling.join("_").slice(0, 64);
  throw new InvalidParametersError(
    "There is nothing to make a name of: give a name, or a prompt with words",
    {
      details: { problems: [{ path: "name", message: "is required where the prompt says nothing" }] },
      suggestions: ['For example {"name": "parse_price"} or {"prompt": "Parse a price"}.'],
    },
  );
}

/** A name as the language writes it: `parsePrice`, `parse_price`, and `ParsePrice` for classes. */
function styled(given: string, language: SnippetInput["language"], isClass: boolean): string {
  const words = given
    .replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, "_")
    .split("_")
    .filter((word) => word !== "")
    .map((word) => word.toLowerCase());
  const capital = (word: string) => word.slice(0, 1).toUpperCase() + word.slice(1);
  if (isClass) return words.map(capital).join("");
  if (language === "python") return words.join("_");
  return words.map((word, index) => (index === 0 ? word : capital(word))).join("");
}

type Writer = Readonly<Record<SnippetInput["kind"], (called: string, input: SnippetInput) => string>>;

const sentence = ({ prompt }: SnippetInput, called: string): string =>
  (prompt.replaceAll(/\s+/g, " ").trim() || `Describe what ${called} does`)
    .replaceAll("*/", "* /")
    .replaceAll('"""', "'''");

const scriptParameters = ({ parameters, language }: SnippetInput): string =>
  parameters
    .map(({ name: each, type }) => (language === "typescript" ? `${each}: ${type ?? "unknown"}` : each))
    .join(", ");

const pythonParameters = ({ parameters }: SnippetInput): string =>
  parameters.map(({ name: each, type }) => (type === undefined ? each : `${each}: ${type}`)).join(", ");

const SCRIPT: Writer = {
  function: (called, input) => {
    const returns = input.language === "typescript" ? `: ${input.returns ?? "void"}` : "";
    return `/** ${sentence(input, called)}. */
export function ${called}(${scriptParameters(input)})${returns} {
  throw new Error("${called} is not written yet");
}`;
  },
  class: (called, input) => {
    const fields = input.parameters.map(({ name: each, type }) =>
      input.language === "typescript" ? `  readonly ${each}: ${type ?? "unknown"};` : `  ${each};`,
    );
    const set = input.parameters.map(({ name: each }) => `    this.${each} = ${each};`);
    const body =
      fields.length === 0
        ? []
        : [...fields, "", `  constructor(${scriptParameters(input)}) {`, ...set, "  }"];
    return [`/** ${sentence(input, called)}. */`, `export class ${called} {`, ...body, "}"].join("\n");
  },
  test: (called, input) => `import assert from "node:assert/strict";
import { test } from "node:test";
import { ${called} } from "./${called.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, "-").toLowerCase()}.${input.language === "typescript" ? "ts" : "js"}";

test(${JSON.stringify(sentence(input, called))}, () => {
  assert.equal(typeof ${called}, "function");
});`,
};

const PYTHON: Writer = {
  function: (
    called,
    input,
  ) => `def ${called}(${pythonParameters(input)})${input.returns ? ` -> ${input.returns}` : ""}:
    """${sentence(input, called)}."""
    raise NotImplementedError("${called}")`,
  class: (called, input) => {
    const set = input.parameters.map(({ name: each }) => `        self.${each} = ${each}`);
    const made = set.length === 0 ? [] : ["", `    def __init__(self, ${pythonParameters(input)}):`, ...set];
    return [`class ${called}:`, `    """${sentence(input, called)}."""`, ...made].join("\n");
  },
  test: (called, input) => `from ${called} import ${called}


def test_${called}():
    """${sentence(input, called)}."""
    assert callable(${called})`,
};
