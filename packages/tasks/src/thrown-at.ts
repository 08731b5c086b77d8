import { isAbsolute, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Whoever throws gives the stack: so much of it is read. */
const MOST_READ = 16_384;
const LONGEST_LINE = 1024;
const LONGEST_PLACE = 400;
const FRAME = /^\s*at (?:\S.*? \(|async )?((?:file:\/\/|\/|[A-Za-z]:[\\/])[^<>]*):(\d+):\d+\)?$/;

/** Where this very code lies when it runs from its sources: the folders of the packages and apps. Ends in a separator. */
const HOME = fileURLToPath(new URL("../../../", import.meta.url));
/** What of this very code lies in one folder when it is bundled. */
const HERE = fileURLToPath(new URL("./", import.meta.url));
const OWN = /^(?:packages|apps)[\\/][^\\/]+[\\/](?:src|dist)[\\/]/;

/**
 * The first place in a stack that is neither in `node_modules` nor in code of this program nor of Node, as `file:line`: the
 * file relative to the working directory where it lies in it. Null where there is none. `message` stands in front of the
 * places, and is not taken for one. Reads a bounded part of the stack.
 */
export function thrownAt(stack: string, message: string): string | null {
  const found = message === "" ? -1 : stack.indexOf(message);
  const from = found < 0 ? 0 : found + message.length;
  for (const line of stack.slice(from, from + MOST_READ).split("\n")) {
    const place = line.length > LONGEST_LINE ? null : placeOf(line);
    if (place !== null) return place;
  }
  return null;
}

/** The place that a line of a stack names, unless that is in somebody else's code. */
function placeOf(text: string): string | null {
  const [, where = "", line = ""] = FRAME.exec(text) ?? [];
  const file = where === "" ? null : pathOf(where);
  if (file === null || file.split(/[\\/]/).includes("node_modules")) return null;
  if (file.startsWith(HERE)) return null;
  if (file.startsWith(HOME) && OWN.test(file.slice(HOME.length))) return null;
  const place = `${fromHere(file)}:${line}`;
  return place.length > LONGEST_PLACE ? null : place;
}

/** A module may be loaded with a query behind its name. */
function pathOf(where: string): string | null {
  if (!where.startsWith("file:")) return where.replace(/\?[^\\/]*$/, "");
  try {
    return fileURLToPath(where);
  } catch {
    return null;
  }
}

function fromHere(file: string): string {
  const path = relative(process.cwd(), file);
  return path === "" || isAbsolute(path) || path.split(sep)[0] === ".." ? file : path;
}
