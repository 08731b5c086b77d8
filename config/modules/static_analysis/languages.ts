import { basename, extname } from "node:path";

/** What a language is for: only `programming` counts towards the quality score. */
export type LanguageKind = "programming" | "markup" | "data" | "prose" | "other";

/** A language and how its files are counted. */
export interface Language {
  readonly name: string;
  readonly kind: LanguageKind;
  /** `syntax`: parsed to a syntax tree. `lines`: counted line by line with the marks below. */
  readonly method: "syntax" | "lines";
  /** What starts a comment up to the end of the line. */
  readonly lineComments: readonly string[];
  /** Pairs that enclose a comment. */
  readonly blockComments: readonly (readonly [open: string, close: string])[];
  /** Characters that enclose a string on one line, so that a comment mark inside it is none. */
  readonly quotes: string;
  /** The head of a function on one line, group 1 being its name; null: the language has none that a line shows. */
  readonly functions: RegExp | null;
  /** What counts as a decision (one more path through a function); null: none. */
  readonly decisions: RegExp | null;
}

const C_BLOCK = [["/*", "*/"]] as const;
const HTML_BLOCK = [["<!--", "-->"]] as const;
const C_DECISIONS = /\b(?:if|for|foreach|while|case|catch)\b|&&|\|\||\?(?![.?:>)\]])/g;
// A type or modifier, then the name and its parameters, and no semicolon: a head, not a call or a declaration.
const C_FUNCTION =
  /^\s*(?!(?:return|else|new|throw|case|goto|typedef|using|delete|await)\b)(?:[\w<>[\],.*&:~@]+\s+)+[*&]*([A-Za-z_~][\w:~]*)\s*\([^;]*$/;

const base: Language = {
  name: "Other",
  kind: "other",
  method: "lines",
  lineComments: [],
  blockComments: [],
  quotes: "",
  functions: null,
  decisions: null,
};

function syntax(name: string): Language {
  return {
    ...base,
    name,
    kind: "programming",
    method: "syntax",
    lineComments: ["//"],
    blockComments: C_BLOCK,
    quotes: "\"'`",
    decisions: C_DECISIONS,
  };
}

function cLike(name: string, functions: RegExp, decisions = C_DECISIONS): Language {
  return {
    ...base,
    name,
    kind: "programming",
    lineComments: ["//"],
    blockComments: C_BLOCK,
    quotes: "\"'",
    functions,
    decisions,
  };
}

function hash(name: string, kind: LanguageKind, more: Partial<Language> = {}): Language {
  return { ...base, name, kind, lineComments: ["#"], quotes: "\"'", ...more };
}

/** Text that is in no language of the table: lines are counted, nothing else. */
export const OTHER: Language = base;

const PYTHON: Partial<Language> = {
  // A string in three quotes counts as a comment: nearly all of them are docstrings.
  blockComments: [
    ['"""', '"""'],
    ["'''", "'''"],
  ],
  functions: /^\s*(?:async\s+)?def\s+(\w+)/,
  decisions: /\b(?:if|elif|for|while|except|case|and|or)\b/g,
};
const RUBY: Partial<Language> = {
  blockComments: [["=begin", "=end"]],
  functions: /^\s*def\s+(?:self\.)?([\w?!=]+)/,
  decisions: /\b(?:if|elsif|unless|while|until|for|when|rescue|and|or)\b|&&|\|\|/g,
};
const SHELL: Partial<Language> = {
  functions: /^\s*(?:function\s+)?([\w-]+)\s*\(\)/,
  decisions: /\b(?:if|elif|for|while|until)\b|&&|\|\||;;/g,
};

/** The table: a language and the extensions (or whole file names) of its files. */
export const LANGUAGES: readonly (readonly [Language, readonly string[]])[] = [
  [syntax("JavaScript"), [".js", ".mjs", ".cjs", ".jsx"]],
  [syntax("TypeScript"), [".ts", ".mts", ".cts", ".tsx"]],
  [hash("Python", "programming", PYTHON), [".py", ".pyi"]],
  [cLike("Go", /^func\s+(?:\([^)]*\)\s*)?(\w+)/, /\b(?:if|for|case)\b|&&|\|\|/g), [".go"]],
  [cLike("Rust", /\bfn\s+(\w+)/, /\b(?:if|for|while|loop)\b|&&|\|\||=>|\?(?=[;.)])/g), [".rs"]],
  [cLike("Java", C_FUNCTION), [".java"]],
  [cLike("C", C_FUNCTION), [".c", ".h"]],
  [cLike("C++", C_FUNCTION), [".cpp", ".cc", ".cxx", ".hpp", ".hh", ".hxx"]],
  [cLike("C#", C_FUNCTION), [".cs"]],
  [cLike("Swift", /\bfunc\s+(\w+)/), [".swift"]],
  [cLike("Kotlin", /\bfun\s+(?:<[^>]*>\s*)?(?:[\w.<>?, ]+\.)?(\w+)\s*\(/), [".kt", ".kts"]],
  [cLike("Scala", /\bdef\s+(\w+)/), [".scala"]],
  [cLike("Dart", C_FUNCTION), [".dart"]],
  [{ ...cLike("PHP", /\bfunction\s+&?(\w+)/), lineComments: ["//", "#"] }, [".php"]],
  [hash("Ruby", "programming", RUBY), [".rb", ".rake", "Rakefile", "Gemfile"]],
  [hash("Shell", "programming", SHELL), [".sh", ".bash", ".zsh"]],
  [
    {
      ...base,
      name: "Lua",
      kind: "programming",
      lineComments: ["--"],
      blockComments: [["--[[", "]]"]],
      quotes: "\"'",
      functions: /\bfunction\s+([\w.:]+)/,
      decisions: /\b(?:if|elseif|for|while|until|and|or)\b/g,
    },
    [".lua"],
  ],
  [
    {
      ...base,
      name: "SQL",
      kind: "programming",
      lineComments: ["--"],
      blockComments: C_BLOCK,
      quotes: "'",
      decisions: /\b(?:case|when)\b/gi,
    },
    [".sql"],
  ],
  [{ ...base, name: "HTML", kind: "markup", blockComments: HTML_BLOCK }, [".html", ".htm"]],
  [{ ...base, name: "Vue", kind: "markup", blockComments: HTML_BLOCK }, [".vue"]],
  [{ ...base, name: "Svelte", kind: "markup", blockComments: HTML_BLOCK }, [".svelte"]],
  [{ ...base, name: "XML", kind: "markup", blockComments: HTML_BLOCK }, [".xml", ".svg", ".xsd"]],
  [{ ...base, name: "CSS", kind: "markup", blockComments: C_BLOCK }, [".css"]],
  [
    { ...base, name: "Sass", kind: "markup", lineComments: ["//"], blockComments: C_BLOCK },
    [".scss", ".sass", ".less"],
  ],
  [{ ...base, name: "Markdown", kind: "prose", blockComments: HTML_BLOCK }, [".md", ".mdx"]],
  [{ ...base, name: "Text", kind: "prose" }, [".txt", ".rst", ".adoc"]],
  [hash("YAML", "data"), [".yaml", ".yml"]],
  [hash("TOML", "data"), [".toml"]],
  [{ ...base, name: "JSON", kind: "data" }, [".json", ".jsonc", ".json5", ".jsonl", ".ndjson"]],
  [{ ...base, name: "CSV", kind: "data" }, [".csv", ".tsv"]],
  [hash("Dockerfile", "data"), ["Dockerfile"]],
  [hash("Make", "data"), ["Makefile", ".mk"]],
];

const BY_EXTENSION = new Map(
  LANGUAGES.flatMap(([language, names]) => names.map((name) => [name, language] as const)),
);

/** The language of a file by its name, {@link OTHER} where none fits. O(1). */
export function languageOf(path: string): Language {
  const name = basename(path);
  return BY_EXTENSION.get(name) ?? BY_EXTENSION.get(extname(name).toLowerCase()) ?? OTHER;
}
