import type { JsonObject } from "@orch/core";

const LINKS: JsonObject = { enabled: true, parent_link: true, child_links: true };

const FOLDERS = {
  ai: ["src/", "data/", "output/", "reports/", "config/"],
  web: ["frontend/", "backend/", "database/", "docs/", "tests/", "deploy/"],
  data: ["pipelines/", "data/raw/", "data/processed/", "data/output/", "notebooks/", "config/", "tests/"],
} as const;

/** The templates that come with the package, as the dicts that files of them would hold. */
export const SHIPPED_TEMPLATES: readonly JsonObject[] = [
  {
    name: "ai_analysis",
    type: "ai_analysis",
    description: "AI-powered code analysis and insights project",
    version: "1.0",
    directory_structure: [...FOLDERS.ai, ".codomyrmex/"],
    template_files: {},
    workflows: ["ai-analysis", "build-and-test"],
    required_modules: ["ai_code_editing", "static_analysis", "data_visualization"],
    optional_modules: ["git_operations", "documentation"],
    default_config: {
      analysis: {
        include_patterns: ["*.py", "*.js", "*.ts"],
        exclude_patterns: ["*/node_modules/*", "*/__pycache__/*"],
        max_file_size: "1MB",
      },
      ai: { provider: "openai", model: "gpt-3.5-turbo" },
      output: { formats: ["json", "html", "pdf"], include_visualizations: true },
    },
    documentation_config: {
      nested_docs: ["src/", "config/", "data/", "output/", "reports/"],
      doc_links: LINKS,
    },
    author: "",
    created_at: "2025-09-16T00:00:00+00:00",
  },
  {
    name: "web_application",
    type: "web_application",
    description: "Full-stack web application with AI integration",
    version: "1.0",
    directory_structure: [...FOLDERS.web, ".codomyrmex/"],
    template_files: {},
    workflows: ["build-and-test", "deploy"],
    required_modules: ["build_synthesis", "code", "documentation"],
    optional_modules: ["ai_code_editing", "static_analysis", "git_operations"],
    default_config: {
      frontend: { framework: "react", build_tool: "vite" },
      backend: { framework: "fastapi", database: "postgresql" },
      deployment: { target: "docker", registry: "dockerhub" },
    },
    documentation_config: { nested_docs: [...FOLDERS.web], doc_links: LINKS },
    author: "",
    created_at: "2025-09-16T00:00:00+00:00",
  },
  {
    name: "data_pipeline",
    type: "data_pipeline",
    description: "Data processing and analysis pipeline",
    version: "1.0",
    directory_structure: [...FOLDERS.data, ".codomyrmex/"],
    template_files: {},
    workflows: ["data-processing", "visualization"],
    required_modules: ["data_visualization", "code"],
    optional_modules: ["ai_code_editing", "pattern_matching", "performance"],
    default_config: {
      data: {
        input_formats: ["csv", "json", "parquet"],
        output_formats: ["csv", "json"],
        validation: true,
      },
      processing: { parallel: true, batch_size: 1000, memory_limit: "8GB" },
      visualization: {
        charts: ["line", "bar", "scatter", "heatmap"],
        export_formats: ["png", "svg", "html"],
      },
    },
    documentation_config: { nested_docs: [...FOLDERS.data], doc_links: LINKS },
    author: "",
    created_at: "2025-09-16T00:00:00+00:00",
  },
];
