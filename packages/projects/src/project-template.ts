import { dataClass, isObject, type JsonObject, systemClock, toDate } from "@orch/core";
import { z } from "zod";
import { anyCase } from "./any-case.ts";
import { jsonObject } from "./json-object.ts";
import { ProjectType, projectTypeOf } from "./project-type.ts";

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

/** The fields of a {@link ProjectTemplate}, in the order of its file. */
const templateSchema = z.object({
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

/** Where the type of a file is kept that names none of ours. */
const ORIGINAL_TYPE = "original_type";

/**
 * What a project is made from: directories, files, documents, workflows, modules, settings. A type that is none of ours is
 * read as `custom` and written back as it was.
 */
export class ProjectTemplate extends dataClass(templateSchema, { name: "ProjectTemplate" }) {
  constructor(init: ProjectTemplateInit) {
    super(withKnownType(init));
  }

  /** Its type as the file says it, which may be none of ours. */
  get writtenType(): string {
    const original = this.extra[ORIGINAL_TYPE];
    return this.type === ProjectType.CUSTOM && typeof original === "string" ? original : this.type;
  }

  override toDict(): JsonObject {
    const { [ORIGINAL_TYPE]: original, ...dict } = super.toDict();
    return this.writtenType === original ? { ...dict, type: original } : super.toDict();
  }
}

function withKnownType(init: ProjectTemplateInit): ProjectTemplateInit {
  const type: unknown = isObject(init) ? init.type : undefined;
  if (typeof type !== "string" || type === "" || projectTypeOf(type) !== null) return init;
  return { ...init, type: "custom", [ORIGINAL_TYPE]: type } as ProjectTemplateInit;
}
