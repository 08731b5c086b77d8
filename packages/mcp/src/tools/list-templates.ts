import { z } from "zod";
import { cursor, limit } from "../argument.ts";
import { pageOf } from "../page.ts";
import { defineTool, HINTS } from "../tool.ts";
import { projectsOf } from "./needed-projects.ts";

/** Lists templates of projects. */
export const listTemplates = defineTool({
  name: "list_templates",
  title: "List templates",
  description: "List the templates that projects can be made from",
  input: z.strictObject({ limit, cursor: cursor.optional() }),
  data: { templates: "array", count: "integer" },
  hints: HINTS.reads,
  level: "read",
  run(page, context) {
    const projects = projectsOf(context);
    const names = projects.listTemplates().sort();
    const all = names.map((name) => {
      const { description = "", type = "", workflows = [] } = projects.getTemplate(name)?.toDict() ?? {};
      return { name, description, type, workflows };
    });
    const { items, nextCursor } = pageOf(all, ({ name }) => name, page);
    return { data: { templates: [...items], count: names.length, next_cursor: nextCursor } };
  },
});
