// Changes the project `shared` of the base directory argv[2] argv[4] times, under names with argv[3] before them.
import { ProjectManager } from "../src/project-manager.ts";

const [, , baseDir = "", who = "", times = "0"] = process.argv;
const manager = new ProjectManager({ baseDir });
for (let n = 0; n < Number(times); n++) {
  manager.addProjectMilestone("shared", `${who}${n}`, { n });
  manager.updateProjectMetrics("shared", { [`${who}${n}`]: n });
}
await manager.close();
