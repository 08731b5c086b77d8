import { didYouMean, invalid, isObject, type JsonObject, nearestNames } from "@orch/core";
import { needObject, needOptions, needText, wrongArgument } from "@orch/core/base";
import { z } from "zod";
import { jsonObject } from "./json-object.ts";
import { needProjectName } from "./project-name.ts";
import { ProjectType, projectTypeOf } from "./project-type.ts";

/** What a project is created with, beside its name. */
export interface CreateProjectOptions {
  /** The template that it is made from. @default none */
  readonly templateName?: string | null | undefined;
  /** Another name for `templateName`. */
  readonly template?: string | null | undefined;
  /** Its directory; relative ones are below the base directory. @default `<projectsDir>/<name>` */
  readonly path?: string | undefined;
  readonly description?: string | undefined;
  readonly author?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** @default that of the template, else "custom" */
  readonly type?: ProjectType | undefined;
  /** Merged key by key into what the template has. */
  readonly config?: JsonObject | undefined;
}

/** A project that is to be made. */
export interface CreateRequest {
  readonly name: string;
  readonly templateName: string | null;
  readonly type: ProjectType | null;
  readonly path: string | null;
  readonly description: string;
  readonly author: string;
  readonly tags: readonly string[];
  readonly config: JsonObject;
}

const optionsSchema = z.object({
  templateName: z.string().nullish(),
  template: z.string().nullish(),
  path: z.string().min(1, "must not be empty").nullish(),
  description: z.string().default(""),
  author: z.string().default(""),
  tags: z.array(z.string()).default(() => []),
  type: z.string().nullish(),
  config: jsonObject.default(() => ({})),
});
const NAMES = Object.fromEntries(Object.keys(optionsSchema.shape).map((name) => [name, true]));

/**
 * Reads the arguments of `createProject`: options, or texts. The first text is the name of a template, or a type where no
 * template has that name; the second the path with a template, the description with a type. Throws INVALID_PARAMETERS.
 */
export function readCreateRequest(
  name: unknown,
  given: unknown,
  more: unknown,
  isTemplate: (name: string) => boolean,
): CreateRequest {
  const options = typeof given === "string" ? optionsOf(given, more, isTemplate) : given;
  needOptions("the options of createProject", options, NAMES);
  const parsed = optionsSchema.safeParse(options, { reportInput: true });
  const readName = needProjectName(name);
  if (!parsed.success) throw invalid("options of createProject", parsed.error);
  const { templateName, template, path, type, ...rest } = parsed.data;
  if (templateName && template && templateName !== template)
    throw wrongArgument("template", `the same as templateName, '${templateName}'`, template);
  return {
    ...rest,
    name: readName,
    templateName: templateName ?? template ?? null,
    path: path ?? null,
    type: type === null || type === undefined ? null : needType(type),
  };
}

function optionsOf(text: string, more: unknown, isTemplate: (name: string) => boolean): object {
  const isType = !isTemplate(text) && projectTypeOf(text) !== null;
  const key = isType ? "type" : "templateName";
  if (more === undefined || more === null) return { [key]: text };
  if (isObject(more)) return { ...needObject("options", more), [key]: text };
  return { [key]: text, [isType ? "description" : "path"]: needText(isType ? "description" : "path", more) };
}

function needType(given: string): ProjectType {
  const type = projectTypeOf(given);
  if (type !== null) return type;
  const words = Object.values(ProjectType);
  const near = nearestNames(given, words);
  throw wrongArgument("type", `one of ${words.join(", ")}`, given, { near, suggestions: didYouMean(near) });
}
