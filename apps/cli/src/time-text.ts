/** An instant as lists show it, in UTC: `2026-11-21 14:19:49Z`. */
export const timeText = (date: Date): string => date.toISOString().replace("T", " ").replace(/\.\d+/, "");
