// Creates projects whose names begin with argv[3] in the base directory argv[2], until a name is taken; says the name of each
// that is made.
import { writeSync } from "node:fs";
import { ProjectExistsError } from "../src/errors.ts";
import { ProjectManager } from "../src/project-manager.ts";

const [, , baseDir = "", prefix = ""] = process.argv;
const manager = new ProjectManager({ baseDir });
writeSync(1, "ready\n");
for (let n = 0; isMade(`${prefix}${n}`); n++) writeSync(1, `made ${prefix}${n}\n`);
await manager.close();

function isMade(name: string): boolean {
  try {
    manager.createProject(name, { templateName: "ai_analysis" });
    return true;
  } catch (error) {
    if (error instanceof ProjectExistsError) return false;
    throw error;
  }
}
