import { join } from "node:path";
import { baseDirectory } from "@orch/core/base-directory";
import { coreModule } from "./core-module.ts";
import { ModuleRegistry } from "./module-registry.ts";

/** A registry with the built-in module, also under its other names. */
export function builtinRegistry(): ModuleRegistry {
  const registry = new ModuleRegistry().registerModule(coreModule);
  for (const name of ["builtin", "test", "test_module"]) registry.alias(name, "core");
  return registry;
}

/** What is registered here is known to every registry that is not given another parent. */
export const defaultModuleRegistry: ModuleRegistry = builtinRegistry();

/** The registry of who is given none: the module files of a base directory, over what was registered in code. */
export const registryOf = (baseDir: string = baseDirectory()): ModuleRegistry =>
  new ModuleRegistry({ modulesDir: join(baseDir, "config", "modules"), parent: defaultModuleRegistry });
