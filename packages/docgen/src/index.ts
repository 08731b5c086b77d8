export { getDirectoryAgentPurpose, getDirectoryPurpose } from "./directory-purpose.ts";
export { type DirectoryInfo, type ScanOptions, scanDirectory } from "./directory-scan.ts";
export { DocumentKind } from "./document-kind.ts";
export {
  DocumentationGenerator,
  type DocumentationGeneratorOptions,
  type NestedInfo,
} from "./documentation-generator.ts";
export type { PageOutcome } from "./page-file.ts";
export { DocumentLinks, ProjectInfo, type ProjectInfoInit, projectInfoSchema } from "./project-info.ts";
export {
  type CompiledTemplate,
  compileTemplate,
  renderTemplate,
  type TemplateVariables,
} from "./template.ts";
