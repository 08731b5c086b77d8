import type { JsonObject } from "@orch/core";
import type { OpenQuestion } from "@orch/workflows";
import { describe, expect, it } from "vitest";
import { answerOf, formOf } from "./question-form.ts";

const question = (form: JsonObject | null): OpenQuestion => ({
  ...{ executionId: "e", workflow: "w", step: "s", message: "m", attempt: 1, since: 1, until: null },
  kind: form === null ? "human.approval" : "human.input",
  form,
});
const fields = (properties: JsonObject, more: JsonObject = {}) => ({ type: "object", properties, ...more });
const isAsked = (form: JsonObject) => formOf(question(form), "m") !== null;

describe("the form of a question", () => {
  it("has flat fields that every client can show", () => {
    const form = fields(
      { size: { type: "integer", minimum: 1 }, name: { type: "string", enum: ["a", "b"] } },
      { required: ["size"], additionalProperties: false, title: "Size" },
    );
    expect(formOf(question(form), "How?")).toEqual({
      message: "How?",
      requestedSchema: { type: "object", properties: form["properties"], required: ["size"] },
    });
  });

  it.each([
    ["anything", {}],
    ["no object", { type: "string" }],
    ["no field", fields({})],
    ["a list", fields({ x: { type: "array" } })],
    ["an object inside", fields({ x: { type: "object", properties: {} } })],
    ["a field of any type", fields({ x: {} })],
    ["a rule between fields", fields({ x: { type: "string" } }, { if: {} })],
    ["a pattern", fields({ x: { type: "string", pattern: "a+" } })],
    ["a hidden field", fields({ x: { type: "string", writeOnly: true } })],
    [
      "very many fields",
      fields(Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`f${i}`, { type: "string" }]))),
    ],
  ])("is none for %s", (_, form) => {
    expect(isAsked(form)).toBe(false);
  });

  it.each(["password", "apiKey", "api_key", "accessToken", "client_secret", "PASSPHRASE", "credentials"])(
    "never asks for a secret, such as %s",
    (name) => {
      expect(isAsked(fields({ [name]: { type: "string" } }))).toBe(false);
      expect(isAsked(fields({ x: { type: "string", title: name } }))).toBe(false);
      expect(isAsked(fields({ x: { type: "string", description: `Your ${name}` } }))).toBe(false);
    },
  );

  it("is answered with what fits it, and nothing else", () => {
    const form = question(fields({ size: { type: "integer", minimum: 1 } }, { required: ["size"] }));
    expect(answerOf(form, { size: 2 }, "me")).toEqual({ size: 2 });
    for (const content of [undefined, null, 2, {}, { size: 0 }, { size: "2" }])
      expect(answerOf(form, content, "me")).toBeNull();
    const approval = question(null);
    expect(answerOf(approval, { decision: "approve", comment: "" }, "me")).toEqual({
      approved: true,
      by: "me",
    });
    expect(answerOf(approval, { decision: "reject", comment: "no" }, "me")).toEqual({
      ...{ approved: false, by: "me", comment: "no" },
    });
    for (const content of [
      undefined,
      {},
      { decision: true },
      { decision: "yes" },
      { decision: "approve", by: "you" },
    ])
      expect(answerOf(approval, content, "me")).toBeNull();
  });
});
