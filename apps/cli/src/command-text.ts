import type { GlobalOptions } from "./options.ts";

/** What every further command needs, too, to find the same state: ` --base-dir DIR`, or nothing. */
let place = "";

/** Has the commands that are named from now on say where the state is, where this one had to be told. */
export function nameWithPlace({ baseDir, config }: Pick<GlobalOptions, "baseDir" | "config">): void {
  place = [
    ...(baseDir === undefined ? [] : ["--base-dir", quoted(baseDir)]),
    ...(config === undefined ? [] : ["--config", quoted(config)]),
  ]
    .map((part) => ` ${part}`)
    .join("");
}

/** As a shell takes it for one word. */
const quoted = (text: string): string =>
  /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/**
 * A command of this program as its user would type it: `orch resume <id>`, or as the script that started it says in
 * ORCH_COMMAND, such as `npm run orch -- resume <id>`; with the options that {@link nameWithPlace} was given.
 */
export const commandText = (args: string): string => `${program()}${place} ${args}`;

const program = (): string => process.env["ORCH_COMMAND"] ?? "orch";

const COMMAND =
  /(?<=^|[\s'"(])orch (?=(?:run|resume|cancel|why|status|workflow|execution|project|template|module|task|session|resource|docs|health|doctor|backup|gc)\b)/g;

/** A text in which the packages name commands, with each as its user would type it. */
export const withCommands = (text: string): string => text.replace(COMMAND, () => commandText(""));

/** {@link withCommands} for a text that is kept, and may be read elsewhere: without where the state is. */
export const withPlainCommands = (text: string): string => text.replace(COMMAND, () => `${program()} `);
