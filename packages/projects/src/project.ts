import { dataClass, isObject, type JsonObject, systemClock, toDate } from "@orch/core";
import { z } from "zod";
import { anyCase } from "./any-case.ts";
import { jsonObject } from "./json-object.ts";
import { ProjectStatus } from "./project-status.ts";
import { ProjectType, projectTypeOf } from "./project-type.ts";

const now = () => toDate(systemClock.now());
const texts = z.array(z.string()).default(() => []);
const object = jsonObject.default(() => ({}));

/** The fields of a {@link Project}, in the order of its file. */
const projectSchema = z.object({
  name: z.string().min(1, "must not be empty"),
  description: z.string().default(""),
  type: anyCase(ProjectType).default("custom"),
  /** Its directory, absolute. */
  path: z.string().default(""),
  status: anyCase(ProjectStatus).default("planning"),
  version: z.string().default("1.0.0"),
  /** The template that it was made from. */
  template: z.string().nullable().default(null),
  config: object,
  /** Workflows that can be run in it. */
  workflows: texts,
  /** Those that are under way. */
  activeWorkflows: texts,
  requiredModules: texts,
  author: z.string().default(""),
  tags: texts,
  createdAt: z.date().default(now),
  updatedAt: z.date().default(now),
  /** What was reached, by name; each a JSON value, most often with `completed_at`. */
  milestones: object,
  metrics: object,
  /** Ids of tasks. */
  tasks: texts,
  /** Ids of resources. */
  resources: texts,
  metadata: object,
});

/** What a {@link Project} is made of: `name` is required. */
export type ProjectInit = z.input<typeof projectSchema>;

/** Where the type of a file is kept that names none of ours. */
const ORIGINAL_TYPE = "original_type";

/**
 * A project as its file says. Its dict has 17 keys; `tasks`, `resources` and `metadata` only where they are not empty. A type
 * that is none of ours is read as `custom`, kept in `metadata.original_type` and written back as it was.
 */
export class Project extends dataClass(projectSchema, { name: "Project" }) {
  constructor(init: ProjectInit) {
    super(withKnownType(init));
  }

  /** Its type as the file says it, which may be none of ours. */
  get writtenType(): string {
    const original = this.metadata[ORIGINAL_TYPE];
    return this.type === ProjectType.CUSTOM && typeof original === "string" ? original : this.type;
  }

  override toDict(): JsonObject {
    const { tasks, resources, metadata, ...dict } = super.toDict();
    const { [ORIGINAL_TYPE]: original, ...rest } = this.metadata;
    const isWritten = original !== undefined && this.writtenType === original;
    return {
      ...dict,
      type: this.writtenType,
      ...(this.tasks.length > 0 ? { tasks: tasks ?? [] } : {}),
      ...(this.resources.length > 0 ? { resources: resources ?? [] } : {}),
      ...(Object.keys(isWritten ? rest : this.metadata).length > 0
        ? { metadata: isWritten ? rest : (metadata ?? {}) }
        : {}),
    };
  }
}

/** What can be changed of a project, as its dict says it. */
export type ProjectChanges = Readonly<Record<string, unknown>>;

/** A project with some of its keys changed; unknown ones are kept. */
export const changedProject = (project: Project, changes: ProjectChanges): Project =>
  Project.fromDict({ ...project.toDict(), ...changes });

function withKnownType(init: ProjectInit): ProjectInit {
  const type: unknown = isObject(init) ? init.type : undefined;
  if (typeof type !== "string" || type === "" || projectTypeOf(type) !== null) return init;
  const metadata = isObject(init.metadata) ? init.metadata : {};
  return { ...init, type: "custom", metadata: { ...metadata, [ORIGINAL_TYPE]: type } } as ProjectInit;
}
