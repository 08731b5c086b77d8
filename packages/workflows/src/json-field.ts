import { findLossy, isObject, type JsonObject, type JsonValue } from "@orch/core";
import { z } from "zod";

const lossyIssue = (value: unknown) => {
  const lossy = findLossy(value);
  if (lossy === null) return null;
  const path = lossy.path === "" ? [] : lossy.path.slice(1).split("/");
  return { message: `is ${lossy.reason}, which JSON cannot hold`, path };
};

/** A field that holds a JSON object of any shape. */
export const jsonObjectField = z
  .custom<JsonObject>()
  .meta({ type: "object" })
  .superRefine((value: unknown, context) => {
    const issue = lossyIssue(value);
    if (issue !== null) context.addIssue({ code: "custom", ...issue });
    else if (!isObject(value)) context.addIssue({ code: "custom", message: "must be an object" });
  });

/** A field that holds any JSON value. */
export const jsonField = z.custom<JsonValue>().superRefine((value: unknown, context) => {
  const issue = lossyIssue(value);
  if (issue !== null) context.addIssue({ code: "custom", ...issue });
});

/** Whether {@link jsonObjectField} takes a value. O(size). */
export const isJsonObject = (value: unknown): boolean => isObject(value) && findLossy(value) === null;
