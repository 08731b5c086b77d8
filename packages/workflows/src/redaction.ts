import { REDACTED, type Redact } from "./log-line.ts";

/** What is shorter would be found in texts that have nothing to do with it. */
const LEAST_LENGTH = 6;

/**
 * Replaces secrets in texts, as they are and in base64, URL- and JSON-escaped, by `[redacted]`. A secret of less than six
 * characters is left alone. O(length of the text).
 */
export function redactionOf(secrets: readonly string[]): Redact {
  const forms = secrets.filter(({ length }) => length >= LEAST_LENGTH).flatMap(formsOf);
  if (forms.length === 0) return (text) => text;
  // The longest first: one may begin as another does.
  const longestFirst = [...new Set(forms)].sort((a, b) => b.length - a.length);
  const any = new RegExp(longestFirst.map(escaped).join("|"), "g");
  return (text) => text.replaceAll(any, REDACTED);
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, "utf8");
  return [
    secret,
    bytes.toString("base64"),
    bytes.toString("base64").replace(/=+$/, ""),
    bytes.toString("base64url"),
    // Lone surrogates have no form in a URL.
    encodeURIComponent(secret.toWellFormed()),
    JSON.stringify(secret).slice(1, -1),
  ];
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
