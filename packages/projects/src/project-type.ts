/** What a project is for. */
export const ProjectType = {
  WEB_APPLICATION: "web_application",
  DATA_PIPELINE: "data_pipeline",
  AI_ANALYSIS: "ai_analysis",
  ML_MODEL: "ml_model",
  DOCUMENTATION: "documentation",
  RESEARCH: "research",
  CUSTOM: "custom",
} as const;
/** One of web_application, data_pipeline, ai_analysis, ml_model, documentation, research, custom. */
export type ProjectType = (typeof ProjectType)[keyof typeof ProjectType];

const TYPES: ReadonlySet<string> = new Set(Object.values(ProjectType));

/** The type that a text names, in any case; null for none. */
export function projectTypeOf(text: string): ProjectType | null {
  const word = text.toLowerCase();
  return TYPES.has(word) ? (word as ProjectType) : null;
}
