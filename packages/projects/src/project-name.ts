import { basename } from "node:path";
import { needText, wrongArgument } from "@orch/core/base";

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** The folder of archives in the directory of projects: no project can have its name, in whatever case. */
export const ARCHIVES = "archives";

/** Whether a project can be named so: 1 to 128 letters, digits, `_`, `-`, `.`, beginning with none of the last two, without `..`. */
export const isProjectName = (name: string): boolean =>
  NAME.test(name) && !name.includes("..") && name.toLowerCase() !== ARCHIVES;

/** `name`, which must be one for a project. Throws INVALID_PARAMETERS with one that would do. */
export function needProjectName(name: unknown): string {
  const given = needText("name", name);
  if (isProjectName(given)) return given;
  throw wrongArgument(
    "name",
    `1 to 128 letters, digits, '_', '-' and '.', the first no '-' or '.', without '..', and not '${ARCHIVES}'`,
    given,
    { suggestions: [`For example: ${exampleOf(given)}`] },
  );
}

function exampleOf(name: string): string {
  const likely = name
    .replaceAll(/[^\w.-]+/g, "-")
    .replaceAll(/\.{2,}/g, ".")
    .replaceAll(/^[.-]+|[.-]+$/g, "")
    .slice(0, 40);
  return isProjectName(likely) ? likely : "my-project";
}

/**
 * A name of a project for a file: its own, or that of its directory where it has one that we would not give. What a file says
 * may be anything, also a way out.
 */
export const fileNameOf = ({ name, path }: { readonly name: string; readonly path: string }): string =>
  isProjectName(name) ? name : basename(path);
