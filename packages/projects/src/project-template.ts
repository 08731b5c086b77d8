import { dataClass, systemClock, toDate } from "@orch/core";
import { z } from "zod";
import { anyCase } from "./any-case.ts";
import { jsonObject } from "./json-object.ts";
import { ProjectType } from "./project-type.ts";

/** A template's name is that of a file, also of templates of documents. */
const NAME = /^\w[\w.-]{0,127}$/;
const texts = z.array(z.string()).default(() => []);

/** What is said in a template of documents; in its dict as it is here. */
const documentationSchema = z.looseObject({
  /** Directories that get documents. */
  nested_docs: texts,
  doc_links: z
    .looseObject({
      enabled: z.boolean().optional(),
      parent_link: z.boolean().optional(),
      child_links: z.boolean().optional(),
    })
    .nullish(),
});

/** The fields of a {@link ProjectTemplate}, in the order of its file. @internal */
export const templateSchema = z.object({
  name: z.string().regex(NAME, "must be letters, digits, '_', '.' and '-', 128 at most"),
  type: anyCase(ProjectType).default("custom"),
  description: z.string().default(""),
  version: z.string().default("1.0"),
  /** Directories to make: `src/`, `data/raw`. */
  directoryStructure: texts,
  /** The text of each file, by its path; `{{project_name}}` and the like are filled in. */
  templateFiles: z.record(z.string(), z.string()).default(() => ({})),
  workflows: texts,
  requiredModules: texts,
  optionalModules: texts,
  defaultConfig: jsonObject.default(() => ({})),
  documentationConfig: documentationSchema.default(() => ({ nested_docs: [] })),
  author: z.string().default(""),
  createdAt: z.date().default(() => toDate(systemClock.now())),
});

/** What a {@link ProjectTemplate} is made of: `name` is required. */
export type ProjectTemplateInit = z.input<typeof templateSchema>;

/** What a project is made from: directories, files, documents, workflows, modules, settings. */
export class ProjectTemplate extends dataClass(templateSchema, { name: "ProjectTemplate" }) {}
