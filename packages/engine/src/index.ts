export { type Composition, type CompositionOptions, compose } from "./compose.ts";
export { type ConfigArguments, loadConfig, type OrchestrationConfig } from "./config.ts";
export { OrchestrationEngine } from "./engine.ts";
export { type Envelope, errorEnvelope, executionEnvelope } from "./envelope.ts";
export type { EngineEvent } from "./events.ts";
