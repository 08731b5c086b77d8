import type { JsonValue } from "@orch/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Condition, parseCondition } from "./condition.ts";
import { checkSteps, placesOf } from "./definition-rules.ts";
import { addUses, type ParameterUse } from "./parameter-use.ts";
import { compileQuickly } from "./quick-compile.ts";
import { outputReferences, referencesOf } from "./step-references.ts";
import { Workflow } from "./workflow.ts";

/** `@1` stands for a step that comes before, where there is one. */
const names = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom("@0", "@1", "@2") },
  { weight: 8, arbitrary: fc.constantFrom("p", "q", "item", "index") },
  { weight: 1, arbitrary: fc.constantFrom("b", "c", "nowhere") },
);
const parts = fc.constantFrom(
  "",
  ".output",
  ".output.x",
  ".result[0]",
  ".status",
  ".other",
  ".output.",
  "..output",
  ".outputs",
);
const around = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(["{{", "}}"], ["{{ ", " }}"], ["x {{", "}}"], ["{{", "}} y"]) },
  { weight: 2, arbitrary: fc.constantFrom(["{", "}"], ["\\{{", "}}"]) },
  { weight: 1, arbitrary: fc.constant(["${", "}"]) },
);

const text = fc.oneof(
  fc.tuple(around, names, parts).map(([[open, close], name, part]) => `${open}${name}${part}${close}`),
  fc.tuple(names, names).map(([one, other]) => `{{${one}.output}}-{{${other}}}`),
  fc.constantFrom(
    "{{}}",
    "{{-a}}",
    "{{a.output}}}",
    "{{{a.output}}}",
    "{{a.output}} ",
    "{{a b}}",
    `{{a.${"x".repeat(520)}}}`,
  ),
);

const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    text,
    fc.constantFrom<JsonValue>(1, null, true, "plain"),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("x", "y", "z"), tie("value"), { maxKeys: 3 }),
  ),
}));

const step = fc.record(
  {
    module: fc.constant("core"),
    action: fc.constant("echo"),
    parameters: fc.dictionary(fc.constantFrom("one", "two"), value, { maxKeys: 2 }),
    dependencies: fc.array(fc.constantFrom("@0", "@1", "@2", "@0", "@1", "c", "nowhere"), { maxLength: 2 }),
    foreach: fc.oneof(fc.constant("{{@0.output}}"), fc.array(value, { maxLength: 2 })),
    runIf: fc.constantFrom("{{@0.output}} == 1", "steps.@0.status == 'completed' && params.p", "true"),
    undo: fc.record({ action: fc.constant("undo"), parameters: fc.record({ x: value }) }),
  },
  { requiredKeys: ["module", "action"] },
);

const FIRST = { name: "a", module: "core", action: "echo" };
const ORDER = ["a", "b", "c", "item"];

const workflow = fc
  .tuple(fc.array(step, { maxLength: 3 }), fc.dictionary(names, value, { maxKeys: 2 }))
  .map(([steps, outputs]) => ({
    name: "w",
    steps: [FIRST, ...steps.map((each, index) => placed({ ...each, name: ORDER[index + 1] }, index + 1))],
    outputs: placed(outputs, steps.length + 1),
  }))
  .map((init) => new Workflow(init as ConstructorParameters<typeof Workflow>[0]));

/** With the names of steps before the one at `index` where they are meant. */
const placed = (written: object, index: number): object =>
  JSON.parse(JSON.stringify(written).replaceAll(/@(\d)/g, (_, at) => `${ORDER[Number(at) % index]}`));

/** What a close look at each step tells. */
function closely(of: Workflow, conditions: readonly (Condition | null)[]) {
  const places = placesOf(of.steps);
  const isStep = (name: string) => places.has(name);
  const uses = new Map<string, ParameterUse>();
  const outputs = outputReferences(of.outputs, isStep);
  const { graph, problems } = checkSteps({
    steps: of.steps,
    places,
    outputs,
    referencesOf(index) {
      const each = of.steps[index] as Workflow["steps"][number];
      const references = referencesOf(each, conditions[index] ?? null, isStep);
      addUses(uses, references, { step: each.name, place: `steps[${index}]` });
      return references;
    },
  });
  addUses(uses, outputs, { step: "outputs", place: "outputs" });
  return { graph, problems, uses };
}

describe("a workflow that is compiled quickly", () => {
  it("is what a close look makes of it; where that finds problems, it is not", () => {
    const outcomes = { quick: 0, broken: 0 };
    fc.assert(
      fc.property(workflow, (of) => {
        const conditions = of.steps.map(({ runIf }) => (runIf === null ? null : parseCondition(runIf)));
        const quick = compileQuickly(of, conditions);
        const { graph, problems, uses } = closely(of, conditions);
        if (problems.length > 0) outcomes.broken++;
        if (problems.length > 0) expect(quick).toBeNull();
        if (quick === null) return;
        outcomes.quick++;
        expect(quick.graph.names).toEqual(graph?.names);
        expect(quick.graph.dependencies).toEqual(graph?.dependencies);
        expect([...quick.parameterNames]).toEqual([...uses]);
      }),
      { numRuns: 1_500 },
    );
    expect(Math.min(outcomes.quick, outcomes.broken)).toBeGreaterThan(100);
  });

  it("refers to parameters, steps and items alike, however deep", () => {
    const steps = [
      { name: "a", module: "core", action: "echo", parameters: { path: "{{path}}" } },
      {
        name: "b",
        module: "core",
        action: "echo",
        foreach: "{{a.output.list}}",
        parameters: { deep: [{ text: "{{item}} of {{a.status}} in {{path}}" }], also: "{{index}}" },
        dependencies: ["a", "a"],
      },
    ];
    const of = new Workflow({ name: "w", steps, outputs: { last: "{{b.output}} {{other}}" } });
    const quick = compileQuickly(of, [null, null]);
    expect(quick?.graph.edgeCount).toBe(1);
    expect([...(quick?.parameterNames ?? [])]).toEqual([
      ["path", { text: "{{path}}", step: "a", path: "steps[0].parameters.path" }],
      ["other", { text: "{{other}}", step: "outputs", path: "outputs.last" }],
    ]);
  });
});
