import { isObject, type JsonObject, OrchestrationMode } from "@orch/core";
import { z } from "zod";

const MAX_NAME = 128;
const MAX_TEXT = 4096;
const MAX_LIST = 1000;
const MAX_SECONDS = 86_400;
const MAX_RETRIES = 20;
const MAX_DEPENDENCIES = 256;

/** A name of something. */
export const name = (what: string) => z.string().max(MAX_NAME).describe(what);

/** A text for people. */
export const text = (what: string) => z.string().max(MAX_TEXT).describe(what);

/** An object of JSON, whatever is in it. */
export const object = (what: string) =>
  z.custom<JsonObject>(isObject, "must be an object").meta({ type: "object", description: what });

/** A list of names. */
export const names = (what: string) => z.array(z.string().max(MAX_NAME)).max(MAX_LIST).describe(what);

/** A limit in seconds, a day at most. */
export const seconds = (what: string) => z.int().min(1).max(MAX_SECONDS).describe(what);

export const retries = z.int().min(0).max(MAX_RETRIES).describe("Attempts after the first");

export const dependencies = (what: string) =>
  z.array(z.string().max(MAX_NAME)).max(MAX_DEPENDENCIES).describe(what);

export const executionId = name("Id of the run");
export const sessionId = name("Session to work in");
export const mode = z.enum(OrchestrationMode).describe("Order of steps");
export const priority = z
  .enum(["critical", "high", "normal", "low", "background"])
  .describe("Order against other work");
export const limit = z.int().min(1).max(100).default(20).describe("Entries per page");
export const cursor = name("next_cursor of the page before");

const amount = z.number().positive();
const amounts = z
  .record(z.string(), amount)
  .refine((given) => Object.keys(given).length > 0, "must name an amount")
  .meta({ minProperties: 1 });

/** What is asked of resources, by name: a number, or amounts by dimension. */
export const requirements = z
  .record(z.string(), z.union([amount, amounts]))
  .meta({ type: "object" })
  .describe("Amounts by resource: {cpu: {cores: 2}, memory: {gb: 4}}");
