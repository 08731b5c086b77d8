import { expect, it } from "vitest";
import * as face from "../src/index.ts";

it("offers these values and no others", () => {
  expect(Object.keys(face).sort()).toEqual([
    "Project",
    "ProjectExistsError",
    "ProjectManagementError",
    "ProjectManager",
    "ProjectNotFoundError",
    "ProjectReader",
    "ProjectStatus",
    "ProjectTemplate",
    "ProjectType",
    "TemplateNotFoundError",
  ]);
});
