import * as core from "@orch/core";
import * as dag from "@orch/dag";
import * as docgen from "@orch/docgen";
import * as mcp from "@orch/mcp";
import * as projects from "@orch/projects";
import * as resources from "@orch/resources";
import * as tasks from "@orch/tasks";
import * as workflows from "@orch/workflows";
import { expect, it } from "vitest";
import * as engine from "../src/index.ts";

it.each(Object.entries({ core, dag, docgen, mcp, projects, resources, tasks, workflows }))(
  "gives on every public name of @orch/%s",
  (_, face) => {
    const missing = Object.keys(face).filter((name) => !(name in engine));
    expect(missing).toEqual([]);
  },
);
