import { z } from "zod";
import { cursor, limit } from "../argument.ts";
import { inputSchemaOf } from "../json-schema.ts";
import { pageOf } from "../page.ts";
import { defineTool, HINTS, type ToolContext } from "../tool.ts";

/** Lists what steps can call. */
export const listModules = defineTool({
  name: "list_modules",
  title: "List modules",
  description: "List modules, with the actions and inputs of those that are loaded",
  input: z.strictObject({ limit, cursor: cursor.optional() }),
  data: { modules: "array", count: "integer" },
  hints: HINTS.reads,
  level: "read",
  run(page, { host }) {
    const names = host.modules.listModules();
    const all = names.map((module) => ({
      name: module,
      actions: host.modules.listActions(module).map((action) => actionView(module, action, host)),
    }));
    const { items, nextCursor } = pageOf(all, ({ name }) => name, page);
    return { data: { modules: [...items], count: names.length, next_cursor: nextCursor } };
  },
});

function actionView(module: string, action: string, { modules }: ToolContext["host"]) {
  const { description = "", input } = modules.peek(module, action)?.definition ?? {};
  return { name: action, description, input: input instanceof z.ZodObject ? schemaOf(input) : null };
}

/** What JSON Schema cannot say is left open. */
function schemaOf(input: z.ZodObject) {
  try {
    return inputSchemaOf(input);
  } catch {
    return null;
  }
}
