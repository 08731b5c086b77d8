import { afterEach, describe, expect, it, vi } from "vitest";
import { resultWithCommands } from "./result-with-commands.ts";

afterEach(() => vi.unstubAllEnvs());

describe("resultWithCommands", () => {
  it("names commands as the user types them, in what orch says and nowhere else", () => {
    vi.stubEnv("ORCH_COMMAND", "npx orch");
    const said = (orch: string) => ({
      suggestions: [`Look at it: ${orch} execution show 1`],
      parked: { reason: "paused", hint: `${orch} resume 1` },
      results: { a: { output: "orch run x", suggestions: [`Try ${orch} why 1`] }, b: null },
      parameters: { suggestions: ["orch run y"] },
      error: "orch run z",
    });
    expect(resultWithCommands({ ...said("orch"), result: { execution_id: "1", ...said("orch") } })).toEqual({
      ...said("npx orch"),
      result: { execution_id: "1", ...said("npx orch") },
    });
    const other = { result: { suggestions: ["orch run x"] }, suggestions: [], parked: null };
    expect(resultWithCommands(other)).toEqual(other);
  });
});
