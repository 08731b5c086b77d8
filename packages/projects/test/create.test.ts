import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SHIPPED_TEMPLATES } from "../src/shipped-templates.ts";
import { KEYS, managers, readFileOf, sandbox, treeOf } from "./sandbox.ts";

const folder = sandbox();
const open = managers();
const refusal = (code: string, message?: RegExp | string) =>
  expect.objectContaining({ code, ...(message ? { message: expect.stringMatching(message) } : {}) });

describe("createProject", () => {
  it("makes all that its template says, with documents (PRJ-02)", () => {
    const base = folder();
    const { manager, events } = open(base);
    const project = manager.createProject("pp", {
      templateName: "ai_analysis",
      description: "d",
      author: "me",
      tags: ["t"],
    });
    expect(project).toMatchObject({
      type: "ai_analysis",
      status: "planning",
      version: "1.0.0",
      template: "ai_analysis",
      path: join(base, "projects", "pp"),
      workflows: ["ai-analysis", "build-and-test"],
      author: "me",
      tags: ["t"],
      activeWorkflows: [],
    });
    expect(project.requiredModules).toHaveLength(3);
    expect(project.config).toEqual(SHIPPED_TEMPLATES[0]?.["default_config"]);
    const places = ["", "config/", "data/", "output/", "reports/", "src/"];
    const documents = places.flatMap((place) => [`${place}AGENTS.md`, `${place}README.md`]);
    const all = [".codomyrmex/", ".codomyrmex/project.json", ...places.slice(1), ...documents];
    expect(treeOf(project.path).sort()).toEqual(all.sort());
    expect(Object.keys(readFileOf(project.path))).toEqual(KEYS);
    expect(readFileOf(project.path)).toEqual(project.toDict());
    expect(readFileSync(join(project.path, "src", "README.md"), "utf8")).toContain("[pp](../README.md)");
    expect(events).toMatchObject([
      { type: "project_created", project_name: "pp", status: "planning", path: project.path },
    ]);
  });

  it("refuses a name or a directory that is taken, and an unknown template (PRJ-03)", () => {
    const base = folder();
    const { manager } = open(base);
    manager.createProject("pp");
    expect(() => manager.createProject("pp")).toThrow(
      refusal("PROJECT_EXISTS", "^Project 'pp' already exists$"),
    );
    mkdirSync(join(base, "projects", "full"));
    writeFileSync(join(base, "projects", "full", "mine.txt"), "mine");
    const before = treeOf(base);
    const taken = `^Directory '${join(base, "projects", "full")}' already exists and is not empty$`;
    expect(() => manager.createProject("full")).toThrow(refusal("PROJECT_EXISTS", taken));
    expect(() => manager.createProject("other", { path: "projects/full/mine.txt" })).toThrow(
      refusal("PROJECT_EXISTS", "is no directory"),
    );
    expect(() => manager.createProject("x", { templateName: "zz" })).toThrow(
      expect.objectContaining({
        code: "TEMPLATE_NOT_FOUND",
        message: "Template 'zz' not found",
        details: expect.objectContaining({ available: ["ai_analysis", "data_pipeline", "web_application"] }),
      }),
    );
    expect(() => manager.createProject("x", "ai_analisys")).toThrow(
      expect.objectContaining({ suggestions: expect.arrayContaining(["Did you mean 'ai_analysis'?"]) }),
    );
    expect(treeOf(base)).toEqual(before);
  });

  it("writes nothing, outside or inside, for a name that is none (PRJ-06)", () => {
    const base = folder();
    const { manager } = open(join(base, "in"));
    const wrong = [
      "../evil",
      "..",
      ".",
      "",
      "a/b",
      "a\\b",
      "-x",
      ".x",
      "a..b",
      "archives",
      "Archives",
      "ä",
      "a b",
    ];
    for (const name of [...wrong, "x".repeat(129), "a\0b", 7 as never, null as never])
      expect(() => manager.createProject(name)).toThrow(refusal("INVALID_PARAMETERS"));
    expect(treeOf(base)).toEqual([]);
  });

  it("makes a plain project, planned without a type and under way with one", () => {
    const base = folder();
    const { manager } = open(base);
    const plain = manager.createProject("plain");
    expect(plain).toMatchObject({ type: "custom", status: "planning", template: null });
    const typed = manager.createProject("typed", { type: "research" });
    expect(typed).toMatchObject({ type: "research", status: "active", version: "0.1.0", template: null });
    const places = ["", "config/", "docs/", "src/", "tests/"];
    const documents = places.flatMap((place) => [`${place}AGENTS.md`, `${place}README.md`]);
    const all = [".codomyrmex/", ".codomyrmex/project.json", ...places.slice(1), ...documents].sort();
    for (const { path } of [plain, typed]) expect(treeOf(path).sort()).toEqual(all);
  });

  it("takes texts: a template and a path, or a type and a description", () => {
    const base = folder();
    const { manager } = open(base);
    expect(manager.createProject("a", "ai_analysis")).toMatchObject({ template: "ai_analysis" });
    expect(manager.createProject("b", "data_pipeline", "elsewhere/b").path).toBe(
      join(base, "elsewhere", "b"),
    );
    expect(manager.createProject("c", "Research", "of whales")).toMatchObject({
      type: "research",
      description: "of whales",
      template: null,
    });
    manager.saveTemplate({ name: "research", directoryStructure: ["notes/"] });
    expect(manager.createProject("d", "research")).toMatchObject({ template: "research", type: "custom" });
    expect(manager.createProject("e", { template: "research", type: "ml_model" })).toMatchObject({
      template: "research",
      type: "ml_model",
      status: "planning",
    });
  });

  it("refuses options that are none, all at once, before anything is written", () => {
    const base = folder();
    const { manager } = open(base);
    const wrong = { description: 7, tags: "t", config: { at: new Map() } } as never;
    expect(() => manager.createProject("x", wrong)).toThrow(
      refusal("INVALID_PARAMETERS", /description.*tags.*config/),
    );
    expect(() => manager.createProject("x", { templatName: "ai_analysis" } as never)).toThrow(
      refusal("INVALID_PARAMETERS", "templatName"),
    );
    expect(() => manager.createProject("x", { type: "reserch" as never })).toThrow(
      expect.objectContaining({ suggestions: ["Did you mean 'research'?"] }),
    );
    expect(() => manager.createProject("x", { templateName: "a", template: "b" })).toThrow(
      refusal("INVALID_PARAMETERS", "template must be the same"),
    );
    const large = { config: { text: "x".repeat(5 * 1024 * 1024) } };
    expect(() => manager.createProject("x", large)).toThrow(refusal("LIMIT_EXCEEDED"));
    expect(treeOf(base)).toEqual([]);
  });

  it("merges settings into those of the template", () => {
    const { manager } = open(folder());
    const { config } = manager.createProject("x", {
      templateName: "ai_analysis",
      config: JSON.parse('{"ai": {"model": "small"}, "output": {"formats": ["md"]}}'),
    });
    expect(config).toMatchObject({
      ai: { provider: "openai", model: "small" },
      output: { formats: ["md"], include_visualizations: true },
    });
    const evil = { config: JSON.parse('{"__proto__": {"own": true}}') };
    expect(() => manager.createProject("y", evil)).toThrow(refusal("INVALID_PARAMETERS", "__proto__"));
  });

  it("uses a directory that is there and empty, and leaves it where it is", () => {
    const base = folder();
    const { manager } = open(base);
    mkdirSync(join(base, "empty"));
    const project = manager.createProject("x", { path: "empty" });
    expect(treeOf(base).filter((path) => path.includes(".orch"))).toEqual([]);
    expect(manager.getProject("x")?.path).toBe(project.path);
  });

  it("refuses a directory around all others, among archives or in the state, and a link", () => {
    const base = folder();
    const { manager } = open(base);
    for (const path of [".", "..", "/", "projects", ".workflows/x", "projects/archives/x"])
      expect(() => manager.createProject("x", { path })).toThrow(
        refusal("INVALID_PARAMETERS", "^path must be"),
      );
    const outside = folder();
    mkdirSync(join(base, "projects"));
    symlinkSync(outside, join(base, "projects", "x"));
    expect(() => manager.createProject("x")).toThrow(refusal("PERMISSION_DENIED", "is a link"));
    expect(treeOf(outside)).toEqual([]);
    expect(treeOf(base)).toEqual(["projects/", "projects/x"]);
  });

  it("works where the directory of projects is itself a link", () => {
    const [base, elsewhere] = [folder(), folder()];
    symlinkSync(elsewhere, join(base, "projects"));
    const { manager } = open(base);
    manager.createProject("x");
    expect(manager.listProjects()).toEqual(["x"]);
    expect(treeOf(elsewhere)).toContain("x/.codomyrmex/project.json");
  });
});

describe("a template of one's own", () => {
  const lab = {
    name: "lab",
    type: "research",
    directoryStructure: ["notes/", "data/raw/"],
    templateFiles: {
      "docs/about.md": "# {{project_name}} by {{ author }}: {{description}} {{unknown}} {{__proto__}}\n",
      "README.md": "mine: {{project_name}}",
    },
    workflows: ["measure"],
    defaultConfig: { depth: 3 },
    documentationConfig: { nested_docs: ["notes"], doc_links: { parent_link: false } },
  } as const;

  it("has its files filled in, once, and its own documents kept", () => {
    const { manager, warnings } = open(folder());
    manager.saveTemplate(lab as never);
    const { path } = manager.createProject("x", {
      templateName: "lab",
      author: "$& {{name}}",
      description: "d",
    });
    const read = (file: string) => readFileSync(join(path, file), "utf8");
    expect(read("docs/about.md")).toBe("# x by $& {{name}}: d {{unknown}} {{__proto__}}\n");
    expect(read("README.md")).toBe("mine: x");
    expect(read("notes/README.md")).not.toContain("../README.md");
    expect(treeOf(path)).toContain("data/raw/");
    expect(warnings).toEqual([]);
  });

  it.each([
    ["../out.txt", "leads out"],
    ["/etc/out.txt", "absolute"],
    ["a/../../out.txt", "leads out"],
    ["C:/out.txt", "colon"],
    ["a\\..\\out.txt", "backslash"],
    ["a\u0000b", "control"],
    ["nul.txt", "device"],
    ["a./b", "dot or a blank"],
    [".codomyrmex/project.json", "of the project itself"],
    [".CODOMYRMEX/Project.json", "of the project itself"],
    ["notes", "is a directory"],
  ])("is refused with the file %j, and so is a project made from it", (path, why) => {
    const base = folder();
    const { manager, warnings } = open(base);
    const bad = { ...lab, name: "bad", templateFiles: { [path]: "x" } };
    expect(() => manager.saveTemplate(bad as never)).toThrow(refusal("INVALID_PARAMETERS", why));
    mkdirSync(join(base, "config", "templates"), { recursive: true });
    const file = { name: "bad", directory_structure: ["notes/"], template_files: { [path]: "x" } };
    writeFileSync(join(base, "config", "templates", "bad.json"), JSON.stringify(file));
    const before = treeOf(base);
    expect(() => manager.createProject("x", { templateName: "bad" })).toThrow(refusal("TEMPLATE_NOT_FOUND"));
    expect(warnings.join()).toMatch(/bad\.json is skipped/);
    expect(treeOf(base)).toEqual(before);
  });

  it("says all that is wrong with it at once", () => {
    const { manager } = open(folder());
    const bad = {
      name: "bad",
      directoryStructure: ["../a", "ok"],
      templateFiles: { "/b": "" },
      documentationConfig: { nested_docs: ["c/../.."] },
    };
    expect(() => manager.saveTemplate(bad)).toThrow(
      expect.objectContaining({
        details: {
          problems: [
            expect.objectContaining({ path: "directory_structure.0" }),
            expect.objectContaining({ path: "documentation_config.nested_docs.0" }),
            expect.objectContaining({ path: "template_files./b" }),
          ],
        },
      }),
    );
  });
});
