import { z } from "zod";
import { cursor, limit } from "../argument.ts";
import { pageOf } from "../page.ts";
import { defineTool, HINTS } from "../tool.ts";
import { projectsOf } from "./needed-projects.ts";

/** Lists projects. */
export const listProjects = defineTool({
  name: "list_projects",
  title: "List projects",
  description: "List all available projects",
  input: z.strictObject({ limit, cursor: cursor.optional() }),
  data: { projects: "array", count: "integer" },
  hints: HINTS.reads,
  level: "read",
  run(page, context) {
    const projects = projectsOf(context);
    const names = projects.listProjects().sort();
    const all = names.flatMap((name) => {
      const found = projects.getProject(name)?.toDict();
      if (found === undefined) return [];
      const { type = "", status = "", path = "", created_at = null } = found;
      return [{ name, type, status, path, created_at }];
    });
    const { items, nextCursor } = pageOf(all, ({ name }) => name, page);
    return { data: { projects: [...items], count: all.length, next_cursor: nextCursor } };
  },
});
