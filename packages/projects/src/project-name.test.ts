import { basename, join, resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isProjectName, needProjectName } from "./project-name.ts";

const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.stringMatching(/^[A-Za-z0-9_.-]{0,20}$/),
  fc.constantFrom("..", "a..b", "archives", "ARCHIVES", ".hidden", "-rf", "a/b", "a\\b"),
);

describe("the name of a project", () => {
  it("is one part of a path, below the directory of projects, or it is refused", () => {
    fc.assert(
      fc.property(text, (name) => {
        const isNamed = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/.test(name) && !name.includes("..");
        expect(isProjectName(name)).toBe(isNamed && name.toLowerCase() !== "archives");
        if (!isProjectName(name)) return;
        expect(basename(join("/projects", name))).toBe(name);
        expect(resolve("/projects", name)).toBe(`/projects/${name}`);
      }),
      { numRuns: 2000 },
    );
  });

  it("is refused with one that would do", () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        if (isProjectName(name)) return;
        const suggested = /: (.*)$/.exec(suggestionFor(name))?.[1] ?? "";
        expect(isProjectName(suggested)).toBe(true);
      }),
    );
    expect(suggestionFor("my project!")).toBe("For example: my-project");
  });
});

function suggestionFor(name: string): string {
  try {
    needProjectName(name);
    return "";
  } catch (error) {
    return String((error as { suggestions: string[] }).suggestions[0]);
  }
}
