import { describe, expect, it } from "vitest";
import { shortChain } from "./error-chain.ts";

/** The error of a step `a` that runs the workflows, one inside of the other. */
const through = (workflows: readonly string[], cause: string): string =>
  workflows.map((name) => `Step a failed: Workflow '${name}' failed: `).join("") + cause;

describe("shortChain", () => {
  it.each([
    [through(["x"], "Step b failed: boom"), "Step a failed: Workflow 'x' failed: Step b failed: boom"],
    [
      through(["x", "y"], "Step b failed: boom"),
      "Step a failed, in workflows 'x' › 'y': Step b failed: boom",
    ],
    [
      through(
        Array.from({ length: 9 }, () => "rec"),
        "Step a failed: too deep",
      ),
      "Step a failed, in workflows 'rec' (9 times): Step a failed: too deep",
    ],
    [
      through(["a", "b", "c", "d", "e", "f"], "no"),
      "Step a failed, in workflows 'a' › 'b' › 'c' › 'd' › 'e' › …: no",
    ],
    [through(["x", "y"], "no").slice("Step a failed: ".length), "in workflows 'x' › 'y': no"],
    ["Step b failed: boom", "Step b failed: boom"],
    ["", ""],
  ])("%s", (text, short) => {
    expect(shortChain(text)).toBe(short);
  });
});
