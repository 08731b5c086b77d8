import { describe, expect, it } from "vitest";
import { getDirectoryAgentPurpose, getDirectoryPurpose } from "./directory-purpose.ts";

describe("getDirectoryPurpose", () => {
  it.each([
    ["src", "Source code and implementation files"],
    ["my_tests_dir", "Test files and test data"],
    ["Frontend2", "Frontend application code"],
    ["docs", "Documentation files"],
    // The first of the words counts, but for a whole name.
    ["docs_src", "Source code and implementation files"],
    ["database", "Database schemas and migrations"],
    ["my_database", "Data files and datasets"],
    ["data/raw", "Data files and datasets"],
    ["random_stuff", "Files and resources for random_stuff"],
    ["constructor", "Files and resources for constructor"],
    ["", "Files and resources for "],
  ])("of %j is %j", (name, purpose) => {
    expect(getDirectoryPurpose(name)).toBe(purpose);
    expect(getDirectoryPurpose(name, "research")).toBe(purpose);
  });

  it("refuses a name that is no text", () => {
    expect(() => getDirectoryPurpose(1 as never)).toThrow("name must be a text, was 1");
    expect(() => getDirectoryAgentPurpose("a", null as never)).toThrow(
      "projectName must be a text, was null",
    );
  });
});

it("says what a directory is for to an agent", () => {
  expect(getDirectoryAgentPurpose("my_module", "MyProject")).toBe(
    "Agent surface for my module components in MyProject",
  );
  expect(getDirectoryAgentPurpose("data/raw", "P")).toBe("Agent surface for data raw components in P");
});
