/**
 * A command of this program as its user would type it: `orch resume <id>`, or as the script that started it says in
 * ORCH_COMMAND, such as `npm run orch -- resume <id>`.
 */
export const commandText = (args: string): string => `${process.env["ORCH_COMMAND"] ?? "orch"} ${args}`;

const COMMAND = /(?<=^|[\s'"(])orch (?=(?:run|resume|cancel|why|status|workflow|execution)\b)/g;

/** A text in which the packages name commands, with each as its user would type it. */
export const withCommands = (text: string): string => text.replace(COMMAND, () => commandText(""));
