import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { WorkflowDefinitionError } from "../src/errors.ts";
import { WorkflowStep } from "../src/workflow-step.ts";
import { aManager } from "./rig.ts";

const base = mkdtempSync(join(tmpdir(), "orch-definitions-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const aDirectory = (files: Readonly<Record<string, string>> = {}): string => {
  const directory = mkdtempSync(join(base, "d"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
};
const aStep = (name: string, rest: object = {}) => ({ name, module: "m", action: "a", ...rest });
const problemsOf = (define: () => unknown): { path: string; message: string }[] => {
  try {
    define();
  } catch (error) {
    if (error instanceof WorkflowDefinitionError)
      return error.details["problems"] as { path: string; message: string }[];
  }
  throw new Error("It was not refused");
};

describe("workflows given in code", () => {
  it("WFD-01: knows a workflow that was created", () => {
    const { manager } = aManager();
    expect(
      manager.createWorkflow("w", [
        { name: "check", module: "environment_setup", action: "check_environment" },
      ]),
    ).toBe(true);
    expect(manager.listWorkflowNames()).toContain("w");
    expect(manager.getWorkflow("w")).toHaveLength(1);
    expect(manager.getWorkflow("x")).toBeNull();
  });

  it("WFD-03: saves eight keys per step with an indent of two, and another manager loads the same", () => {
    const configDir = aDirectory();
    const { manager } = aManager({ configDir });
    const steps = [
      aStep("step1", { parameters: { param1: "value1" } }),
      aStep("step2", { dependencies: ["step1"], future_key: { a: 1 } }),
    ];
    manager.createWorkflow("tw", steps, { owner: "me" });
    const text = readFileSync(join(configDir, "tw.json"), "utf8");
    const written = JSON.parse(text) as { name: string; owner: string; steps: object[] };
    expect(text).toBe(`${JSON.stringify(written, null, 2)}\n`);
    expect(Object.keys(written)).toEqual(["name", "owner", "steps"]);
    const keys = [
      "name",
      "module",
      "action",
      "parameters",
      "dependencies",
      "timeout",
      "retry_count",
      "max_retries",
    ];
    expect(written.steps.map(Object.keys)).toEqual([keys, [...keys, "future_key"]]);
    const { manager: other } = aManager({ configDir });
    expect(other.getWorkflow("tw")).toEqual(manager.getWorkflow("tw"));
    expect(other.getWorkflow("tw")?.[1]?.extra).toEqual({ future_key: { a: 1 } });
    manager.createWorkflow("unsaved", steps, { save: false });
    manager.createWorkflow("unsaved2", steps, false);
    expect(readdirSync(configDir)).toEqual(["tw.json"]);
  });

  it("are refused in a message that is no longer than their problems, whatever their name", () => {
    const { manager } = aManager();
    expect(() => manager.createWorkflow("x".repeat(1_000_000), [aStep("s")])).toThrow(/^.{1,400}$/);
  });

  it("WFD-05: names all problems at once, and registers nothing", () => {
    const { manager } = aManager();
    const found = problemsOf(() => manager.createWorkflow("", []));
    expect(found.map(({ path }) => path).sort()).toEqual(["name", "steps"]);
    expect(manager.tryCreateWorkflow("", [])).toBe(false);
    expect(manager.tryCreateWorkflow("good", [aStep("s")])).toBe(true);
    expect(manager.listWorkflowNames()).toEqual(["good"]);
  });

  it("WFD-06: gives a step its defaults", () => {
    const { parameters, dependencies, timeoutMs, maxRetries, retryCount, required, runIf } = new WorkflowStep(
      aStep("s"),
    );
    expect({ parameters, dependencies, timeoutMs, maxRetries, retryCount, required, runIf }).toEqual({
      parameters: {},
      dependencies: [],
      timeoutMs: null,
      maxRetries: 3,
      retryCount: 0,
      required: true,
      runIf: null,
    });
  });

  it("WFD-07: sums a workflow up", () => {
    const { manager, clock } = aManager();
    manager.createWorkflow("two", [
      aStep("a", { module: "module1" }),
      aStep("b", { module: "module2", dependencies: ["a"] }),
    ]);
    manager.createWorkflow("one", [aStep("a")], { description: "One step" });
    const created_time = new Date(clock.now()).toISOString().replace("Z", "+00:00");
    expect(manager.listWorkflows()).toEqual({
      one: {
        steps: 1,
        modules: ["m"],
        estimated_duration: 60,
        has_dependencies: false,
        created_time,
        description: "One step",
      },
      two: {
        steps: 2,
        modules: ["module1", "module2"],
        estimated_duration: 120,
        has_dependencies: true,
        created_time,
        description: "",
      },
    });
  });

  it("WFD-08: writes nothing for a name that would leave the directory", () => {
    const configDir = aDirectory();
    const { manager } = aManager({ configDir });
    expect(problemsOf(() => manager.createWorkflow("../esc", [aStep("s")])).map(({ path }) => path)).toEqual([
      "name",
    ]);
    expect(readdirSync(configDir)).toEqual([]);
    expect(existsSync(join(configDir, "..", "esc.json"))).toBe(false);
  });

  it("WFD-12: finds missing dependencies, duplicates and cycles together", () => {
    const { manager } = aManager();
    const steps = [
      aStep("a", { dependencies: ["ghost"] }),
      aStep("a"),
      aStep("c", { dependencies: ["d"] }),
      aStep("d", { dependencies: ["c"] }),
    ];
    const found = problemsOf(() => manager.createWorkflow("w", steps));
    expect(found.map(({ path }) => path)).toEqual([
      "steps[1].name",
      "steps[0].dependencies[0]",
      "steps[2].dependencies",
    ]);
    expect(found[1]?.message).toContain("ghost");
    expect(found[2]?.message).toMatch(/[Cc]ycle.*c -> d -> c/);
  });

  it.each([
    [
      "a step that refers to a missing one",
      [aStep("s", { parameters: { x: "\u0024{gost.result}" } }), aStep("ghost")],
      "steps[0].parameters.x",
      "did you mean 'ghost'?",
    ],
    [
      "a step that depends on itself",
      [aStep("s", { dependencies: ["s"] })],
      "steps[0].dependencies[0]",
      "itself",
    ],
    [
      "a step that refers to itself",
      [aStep("s", { parameters: { x: "{{s.output}}" } })],
      "steps[0].parameters.x",
      "itself",
    ],
    [
      "the dependencies of a second step of a name",
      [aStep("s"), aStep("s", { dependencies: ["ghost"] })],
      "steps[1].dependencies[0]",
      "ghost",
    ],
    [
      "a cycle through references",
      [aStep("a", { parameters: { x: "{{b.output}}" } }), aStep("b", { run_if: "steps.a.success" })],
      "steps[0].dependencies",
      "a -> b -> a",
    ],
    [
      "a condition that asks for a missing step",
      [aStep("s", { run_if: "steps.gone.success" })],
      "steps[0].run_if",
      "gone",
    ],
    [
      "a condition that is none",
      [aStep("s", { run_if: "a and b" })],
      "steps[0].run_if",
      "'and' is written '&&'",
    ],
    ["a timeout of nothing", [aStep("s", { timeout: 0 })], "steps[0].timeout", "above 0, was 0"],
    [
      "retries that are no number",
      [aStep("s", { max_retries: 1.5 })],
      "steps[0].max_retries",
      "whole number",
    ],
    ["too many retries", [aStep("s", { max_retries: 21 })], "steps[0].max_retries", "20"],
    ["a name with a dot", [aStep("a.b")], "steps[0].name", "a.b"],
    ["the name __proto__", [aStep("__proto__")], "steps[0].name", "__proto__"],
    [
      "the name constructor",
      [aStep("constructor")],
      "steps[0].name",
      "not __proto__, constructor or prototype",
    ],
    ["the name prototype", [aStep("prototype")], "steps[0].name", "not __proto__, constructor or prototype"],
    [
      "parameters that are not JSON",
      [aStep("s", { parameters: { when: [new Map()] } })],
      "steps[0].parameters.when[0]",
      "Map",
    ],
    [
      "a resource of no type",
      [aStep("s", { resources: [{ type: "moon" }] })],
      "steps[0].resources[0].type",
      "moon",
    ],
    ["a step that is none", ["s"], "steps[0]", "object"],
  ])("refuses %s", (_, steps, path, message) => {
    const { manager } = aManager();
    const found = problemsOf(() => manager.createWorkflow("w", steps as never));
    expect(found).toContainEqual(
      expect.objectContaining({ path, message: expect.stringContaining(message) }),
    );
    expect(manager.listWorkflowNames()).toEqual([]);
  });

  it("refuses a default that its own declaration refuses", () => {
    const { manager } = aManager();
    const found = problemsOf(() =>
      manager.createWorkflow("w", [aStep("s")], { parameters: { n: { type: "number", default: "x" } } }),
    );
    expect(found).toMatchObject([
      { path: "parameters.n.default", message: 'must be of type number, was "x"' },
    ]);
  });

  it("keeps what it was given, whatever the caller does to it later", () => {
    const { manager } = aManager();
    const parameters = { list: [1] };
    manager.createWorkflow("w", [aStep("s", { parameters })]);
    parameters.list.push(2);
    expect(manager.getWorkflow("w")?.[0]?.parameters).toEqual({ list: [1] });
  });

  it("forgets a workflow, and its file when asked to", () => {
    const configDir = aDirectory();
    const { manager } = aManager({ configDir });
    manager.createWorkflow("w", [aStep("s")]);
    expect(manager.deleteWorkflow("w")).toBe(true);
    expect(manager.deleteWorkflow("w")).toBe(false);
    expect(manager.reloadWorkflows()).toBe(1);
    expect(manager.deleteWorkflow("w", { removeFile: true })).toBe(true);
    expect(readdirSync(configDir)).toEqual([]);
  });
});

describe("definition files", () => {
  const good =
    '{"name": "test_workflow", "steps": [{"name": "test_step", "module": "m", "action": "a", "parameters": {}, "dependencies": [], "timeout": 60, "max_retries": 3}]}';

  it("WFD-02: loads a file at the start", () => {
    const { manager } = aManager({ configDir: aDirectory({ "test_workflow.json": good }) });
    expect(manager.listWorkflowNames()).toEqual(["test_workflow"]);
    expect(manager.getWorkflow("test_workflow")?.[0]).toMatchObject({
      timeoutMs: 60_000,
      maxRetries: 3,
      retryCount: 0,
    });
  });

  it("WFD-04: skips a broken file and says which", () => {
    const configDir = aDirectory({ "broken.json": '{"name": "broken", steps: []}', "good.json": good });
    const { manager } = aManager({ configDir });
    expect(manager.listWorkflowNames()).toEqual(["test_workflow"]);
    expect(manager.loadProblems).toMatchObject([
      {
        file: join(configDir, "broken.json"),
        problems: [
          { path: "", message: "is not JSON: Expected double-quoted property name (line 1, column 20)" },
        ],
      },
    ]);
    expect(() => manager.findWorkflow("broken")).toThrow(
      /Workflow 'broken' in .*broken\.json is not valid: is not JSON/,
    );
  });

  it("saves a workflow where it was read, YAML as YAML", () => {
    const configDir = aDirectory({ "mine.yaml": "name: w\nsteps:\n  - {name: s, module: m, action: a}\n" });
    const { manager } = aManager({ configDir });
    manager.createWorkflow("w", [aStep("t", { parameters: { text: "yes" } })]);
    expect(readdirSync(configDir)).toEqual(["mine.yaml"]);
    expect(readFileSync(join(configDir, "mine.yaml"), "utf8")).toContain("name: w\nsteps:\n  - name: t\n");
    expect(manager.reloadWorkflows()).toBe(1);
    expect(manager.getWorkflow("w")?.[0]).toMatchObject({ name: "t", parameters: { text: "yes" } });
  });

  it("saves no workflow over the file of another one", () => {
    const text = JSON.stringify({ name: "theirs", steps: [aStep("s")] });
    const configDir = aDirectory({ "mine.json": text });
    const { manager } = aManager({ configDir });
    expect(() => manager.createWorkflow("mine", [aStep("t")])).toThrowError(
      expect.objectContaining({
        code: "WORKFLOW_EXISTS",
        details: expect.objectContaining({ workflow: "theirs" }),
      }),
    );
    expect(readFileSync(join(configDir, "mine.json"), "utf8")).toBe(text);
    expect(manager.listWorkflowNames()).toEqual(["theirs"]);
  });

  it("lets the later of two files with one name win", () => {
    const file = (action: string) =>
      JSON.stringify({ name: "w", steps: [{ name: "s", module: "m", action }] });
    const { manager } = aManager({
      configDir: aDirectory({ "b.json": file("second"), "a.json": file("first"), ".c.json": file("hidden") }),
    });
    expect(manager.listWorkflowNames()).toEqual(["w"]);
    expect(manager.getWorkflow("w")?.[0]?.action).toBe("second");
    expect(manager.fileOf("w")).toMatch(/b\.json$/);
  });
});
