import { err, ok, type Result } from "@orch/core";

/** No path below a project is longer, in characters; no part of it, in bytes. */
const LONGEST = { path: 1024, part: 255 } as const;

/** Names that are devices on Windows, whatever ending they have. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * A path below a project as it is written in templates: `src/`, `data/raw`, `docs/index.md`. Gives it in its shortest form,
 * without a slash at its end, or says why it is none. What leads out on any system is refused on all.
 */
export function innerPath(given: string): Result<string, string> {
  if (given.length > LONGEST.path) return err(`is longer than ${LONGEST.path} characters`);
  if (CONTROL.test(given)) return err("has a control character");
  if (given.includes("\\")) return err("has a backslash: parts are divided by /");
  if (given.startsWith("/")) return err("is absolute: it must be a path below the project");
  const parts = given.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.length === 0) return err("names nothing below the project");
  for (const part of parts) {
    const problem = problemOf(part);
    if (problem !== null) return err(problem);
  }
  return ok(parts.join("/"));
}

function problemOf(part: string): string | null {
  if (part === "..") return "leads out of the project";
  if (part.includes(":")) return "has a colon, which names a drive or a stream on Windows";
  if (/[. ]$/.test(part)) return "has a part that ends with a dot or a blank";
  if (DEVICE.test(part)) return `has the part '${part}', which is a device on Windows`;
  return Buffer.byteLength(part) > LONGEST.part ? `has a part of more than ${LONGEST.part} bytes` : null;
}
