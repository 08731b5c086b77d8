import { findLossy, isObject, type JsonObject } from "@orch/core";
import { z } from "zod";

/** An object that JSON can hold without loss; what it cannot is named by its path. */
export const jsonObject = z.custom<JsonObject>(isObject, "must be an object").check(({ value, issues }) => {
  const lossy = isObject(value) ? findLossy(value) : null;
  if (lossy === null) return;
  const place = lossy.path === "" ? "the value itself" : lossy.path;
  issues.push({ code: "custom", message: `cannot be stored: ${place} is ${lossy.reason}`, input: value });
});
