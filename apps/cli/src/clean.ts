// What comes from files, actions and their data must not be able to steer the terminal.
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g;

/** `text` on one line, without escape sequences, control, bidirectional and invisible characters. */
export const clean = (text: string): string => text.replaceAll(ESCAPES, "").replaceAll(/\s+/g, " ").replaceAll(CONTROLS, "");

/** `text`, cut to `width` characters with an ellipsis. */
export const cut = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`);
