import { execFileSync } from "node:child_process";
import { stripTypeScriptTypes } from "node:module";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runAction } from "../shared/run-action.ts";
import module from "./index.ts";
import { KINDS, LANGUAGES, snippetOf, snippetSchema } from "./snippet.ts";

const hasPython = (() => {
  try {
    return execFileSync("python3", ["--version"], { stdio: "pipe" }).length > 0;
  } catch {
    return false;
  }
})();

/** Throws where the text is no module of its language. */
function compile(code: string, language: string): void {
  if (language === "python") {
    if (hasPython)
      execFileSync("python3", ["-c", "import ast, sys; ast.parse(sys.stdin.read())"], {
        input: code,
        stdio: "pipe",
      });
    return;
  }
  const script = language === "typescript" ? stripTypeScriptTypes(code) : code;
  // A function may hold everything but what makes a module.
  new Function(script.replaceAll(/^import .*$/gm, "").replaceAll(/^export /gm, ""));
}

describe("a snippet", () => {
  it("is a skeleton in the style of its language", async () => {
    const parameters = [{ name: "text", type: "string" }];
    const call = (language: string, kind: string) =>
      runAction(module, "generate_code_snippet", {
        prompt: "Parse the price of a cake",
        language,
        kind,
        parameters,
      });
    expect(await call("typescript", "function")).toMatchObject({
      name: "parsePriceCake",
      file_name: "parse-price-cake.ts",
      code: '/** Parse the price of a cake. */\nexport function parsePriceCake(text: string): void {\n  throw new Error("parsePriceCake is not written yet");\n}\n',
    });
    expect(await call("python", "class")).toMatchObject({
      name: "ParsePriceCake",
      file_name: "parse_price_cake.py",
    });
    expect(await call("javascript", "test")).toMatchObject({ file_name: "parse-price-cake.test.js" });
  });

  it.each(LANGUAGES.flatMap((language) => KINDS.map((kind) => [language, kind] as const)))(
    "in %s of a %s is valid code, whatever the prompt says",
    (language, kind) => {
      const prompt = fc.oneof(
        fc.string({ maxLength: 40 }),
        fc.constantFrom('*/ x("', '"""\\', "`${1}`", "a\nb \u2028c"),
      );
      fc.assert(
        fc.property(prompt, (words) => {
          const input = snippetSchema.parse({
            prompt: words,
            language,
            kind,
            name: "parse_it",
            parameters: [{ name: "a" }],
          });
          compile(snippetOf(input).code, language);
        }),
        { numRuns: language === "python" ? 5 : 100 },
      );
    },
  );

  it("needs a name, or words to make one of", () => {
    expect(() => snippetOf(snippetSchema.parse({ prompt: "write a" }))).toThrow(
      expect.objectContaining({ code: "INVALID_PARAMETERS" }),
    );
    expect(snippetSchema.safeParse({ name: "a;b" }).success).toBe(false);
  });
});
