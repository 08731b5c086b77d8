export { type ActionContext, type ActionDefinition, type ActionHandler, action, defineModule, ISOLATIONS, type Isolation, type ModuleDefinition, type SessionView } from "./module.ts";
