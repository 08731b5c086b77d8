import { describe, expect, it } from "vitest";
import { parseControl } from "../src/control-step.ts";
import { readDefinitionText } from "../src/definition-files.ts";

const step = (name: unknown, more: object = {}) => ({ name, module: "m", action: "a", ...more });

/** Problems of a definition, as `code path`. */
const problemsOf = (steps: readonly unknown[], more: object = {}): string[] =>
  readDefinitionText(JSON.stringify({ name: "w", ...more, steps }), "w.json").problems.map(
    ({ code, path }) => `${code} ${path}`,
  );
const messagesOf = (written: object): string[] =>
  readDefinitionText(JSON.stringify(written), "w.json").problems.map(({ message }) => message);

describe("all problems of a definition", () => {
  it("are found beside two lists of dependencies that differ", () => {
    const both = { dependencies: ["x"], depends_on: ["ghost"], timeout: -1, run_if: "(" };
    expect(problemsOf([step("x"), step("y"), step("z", both)]).sort()).toEqual([
      "INVALID_CONDITION steps[2].run_if",
      "INVALID_FIELD steps[2].depends_on",
      "INVALID_FIELD steps[2].timeout",
      "UNKNOWN_DEPENDENCY steps[2].depends_on[0]",
    ]);
  });

  it.each<[string, unknown, string]>([
    ["that is no object", "load", "steps[1]"],
    ["that is null", null, "steps[1]"],
    ["with a bad name", step("my load"), "steps[1].name"],
    ["without a name", { module: "m", action: "a" }, "steps[1].name"],
  ])("are found beside a step %s", (_, bad, path) => {
    const steps = [
      step("a", { dependencies: ["b"] }),
      bad,
      step("b", { dependencies: ["a"] }),
      step("b"),
      step("c", { dependencies: ["ghost"] }),
    ];
    expect(problemsOf(steps).sort()).toEqual(
      [
        `INVALID_FIELD ${path}`,
        "DAG_CYCLE steps[0].dependencies",
        "DUPLICATE_STEP steps[3].name",
        "UNKNOWN_DEPENDENCY steps[4].dependencies[0]",
      ].sort(),
    );
  });

  it("are found in the defaults of parameters beside others, and once", () => {
    const a = { type: "string", default: 5 };
    const expected = (path: string) => ["INVALID_FIELD mode", `INVALID_FIELD ${path}.a.default`];
    expect(problemsOf([step("s")], { mode: "x", parameters: { a } })).toEqual(expected("parameters"));
    expect(problemsOf([step("s")], { mode: "x", parameters: { type: "object", properties: { a } } })).toEqual(
      expected("parameters.properties"),
    );
    expect(problemsOf([step("s")], { parameters: { a } })).toHaveLength(1);
  });

  it("take a bad name for what it is: others may depend on it, and cycles go through it", () => {
    const steps = [step("my load", { dependencies: ["b"] }), step("b", { dependencies: ["my load"] })];
    expect(problemsOf(steps).sort()).toEqual([
      "DAG_CYCLE steps[0].dependencies",
      "INVALID_FIELD steps[0].name",
    ]);
    expect(messagesOf({ name: "w", steps }).join()).toMatch(/my load -> b -> my load/);
    expect(messagesOf({ name: "w", steps }).join()).not.toContain("unnamed");
  });

  it("say what was probably meant by a value, and by a type", () => {
    const written = {
      name: "w",
      mode: "paralel",
      on_failure: "skip_dependent",
      parameters: { a: { type: "strng" }, b: { type: ["number", "nul"] } },
      steps: [step("s", { priority: "hgih", isolation: "proces" })],
    };
    const said = messagesOf(written).join("\n");
    for (const meant of ["parallel", "skip_dependents", "string", "null", "high", "process"])
      expect(said).toContain(`did you mean '${meant}'?`);
  });

  it("show durations as they were written", () => {
    const written = { name: "w", timeout: -2, steps: [step("s", { timeout: -1, retry_delay: -0.5 })] };
    const [whole, timeout, delay] = messagesOf(written).sort().reverse();
    expect([whole, timeout, delay].join()).toMatch(/was -2\b/);
    expect([whole, timeout, delay].join()).toMatch(/was -1\b/);
    expect([whole, timeout, delay].join()).toMatch(/was -0\.5\b/);
  });
});

describe("durations and instants", () => {
  it("end within a hundred years", () => {
    const years = 3_155_760_000;
    const lasting = (seconds: number) => ({
      timeout: seconds,
      retry_delay: seconds,
      retry: { max_delay: seconds },
      undo: { action: "b", timeout: seconds, retry_delay: seconds },
    });
    expect(problemsOf([step("s", lasting(years))], { timeout: years })).toEqual([]);
    expect(problemsOf([step("s", lasting(1e300))], { timeout: years + 1 }).sort()).toEqual(
      ["retry.max_delay", "retry_delay", "timeout", "undo.retry_delay", "undo.timeout"]
        .map((field) => `INVALID_FIELD steps[0].${field}`)
        .concat("INVALID_FIELD timeout")
        .sort(),
    );
    expect(() => parseControl("wait.sleep", { duration: 1e300 })).toThrow(/100 years/);
    expect(parseControl("wait.sleep", { duration: years })).toMatchObject({ duration: years });
  });

  it.each(["2027-01-01T00:00Z", "2027-01-01T00:00:00.5+01:00", "2027-01-01 00:00"])("may be %s", (time) => {
    expect(parseControl("wait.until", { time })).toMatchObject({ time });
  });

  it.each(["2027-01-01", "2027-02-30T00:00Z", "tomorrow", "1e300"])("are never %s", (time) => {
    expect(() => parseControl("wait.until", { time })).toThrow(/must be a time in ISO-8601/);
  });
});

describe("problems of a text in YAML", () => {
  const bomb = `a: &a [1, 1]\n${Array.from({ length: 12 }, (_, at) => `b${at}: &b${at} [${Array.from({ length: 9 }, () => `*${at === 0 ? "a" : `b${at - 1}`}`).join(", ")}]`).join("\n")}\n`;
  it.each([
    ["an empty text", "", 1],
    ["comments alone", "# nothing\n\n", 1],
    ["an alias without its anchor", "name: w\nsteps: *later\nx: &later 1\n", 2],
    ["too many aliases", bomb, 13],
  ])("have a line: %s", (_, text, line) => {
    const [problem, ...others] = readDefinitionText(text, "w.yaml").problems;
    expect(problem).toMatchObject({ code: "INVALID_TEXT", line });
    expect(others).toEqual([]);
  });
});
