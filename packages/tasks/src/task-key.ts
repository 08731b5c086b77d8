/** Ids become part of a key in the store: 1 to 128 printable ASCII characters, the first no blank. */
export const TASK_ID = /^[!-~][ -~]{0,127}$/;

/** The collection of the records of tasks. */
export const TASKS = "tasks";

/** Where the record of a task lies in the store. */
export const taskKey = (id: string): string => `${TASKS}/${id}`;

/** Where it is said that a task gave up. */
export const deadLetterKey = (id: string): string => `${DEAD_LETTERS}${id}`;

export const DEAD_LETTERS = "dead_letters/";

/** Whether an id is one of `newId`: it orders by time and is never made twice. */
export const isMadeHere = (id: string): boolean => MADE_HERE.test(id);

const MADE_HERE = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
