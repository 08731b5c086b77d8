// A module file of our own: its action loads another one, in the process that a probe has started for it.
import { type ActionDescription, describeAction } from "./action-description.ts";
import { loadModuleFile } from "./module-folder.ts";

/** Where a file is, and what its module is called. */
export interface Probed {
  readonly module: string;
  readonly file: string;
}

async function declare({ module, file }: Probed): Promise<ActionDescription[]> {
  const url = new URL(file);
  const { actions } = await loadModuleFile(module, url);
  return Object.entries(actions).map(([action, definition]) =>
    describeAction({ module, action, definition, file: url }),
  );
}

export default {
  name: "probe",
  actions: { declare: { description: "What a file declares.", run: declare } },
};
