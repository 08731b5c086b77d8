import { isObject } from "@orch/core";
import { cleanText } from "@orch/core/base";
import { paint } from "./paint.ts";
import { cut } from "./width.ts";

const MOST_SHOWN = 200;
const LONGEST_VALUE = 80;

/** What the result of a step has of its error. */
interface ErrorFacts {
  readonly at?: unknown;
  readonly details?: unknown;
}

/** Where the error of a step was thrown, and shortly its details, as far as its message does not say them already. */
export function factLines({ at, details }: ErrorFacts, message: string): string[] {
  const more = isObject(details) ? detailsText(details, message) : "";
  return [
    ...(typeof at === "string" ? [`  ${paint.dim("At:")} ${cleanText(at)}`] : []),
    ...(more === "" ? [] : [`  ${paint.dim("Details:")} ${more}`]),
  ];
}

function detailsText(details: Readonly<Record<string, unknown>>, message: string): string {
  const parts = Object.entries(details).flatMap(([key, value]) => {
    if (value === null || (typeof value === "object" && Object.keys(value).length === 0)) return [];
    const text = typeof value === "string" ? value : JSON.stringify(value);
    if (key === "timeout_ms" || message.includes(text)) return [];
    return [`${cleanText(key)}: ${cut(cleanText(text), LONGEST_VALUE)}`];
  });
  return cut(parts.join(", "), MOST_SHOWN);
}
