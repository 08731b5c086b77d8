import { lstat } from "node:fs/promises";
import { extname, join } from "node:path";
import { readSource } from "../static_analysis/read-source.ts";
import { scan } from "../static_analysis/scan.ts";
import { RULES, type Rule, SEVERITIES, type Severity } from "./rules.ts";

/** A place that a rule speaks of. */
export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  readonly title: string;
  readonly suggestion: string;
  /** From the root, with `/`. */
  readonly file: string;
  /** From 1; 0 for the file as a whole. */
  readonly line: number;
  /** The place, its secrets blotted out. */
  readonly excerpt: string;
}

/** What was found in a tree. */
export interface Audit {
  readonly findings: readonly Finding[];
  /** All findings, also those beyond the limit. */
  readonly total: number;
  readonly by_severity: Readonly<Record<Severity, number>>;
  readonly files_scanned: number;
  readonly files_skipped: number;
  readonly rules_applied: number;
}

/** What to look at. */
export interface AuditOptions {
  readonly exclude: readonly string[];
  /** Findings that are told, the worst first. */
  readonly most: number;
  readonly signal: AbortSignal;
}

const MOST_BYTES = 2 * 1024 * 1024;
/** Longer lines were written by programs; their beginning is looked at. */
const MOST_CHARACTERS = 2000;
const EXCERPT = 160;
/** A comment that says so is believed. */
const ALLOWED = /\b(?:nosec|security-audit: ignore)\b/;
/** Whole files that should not lie in a tree; their examples may. */
const SECRET_FILE =
  /^(?:\.env(?:\.(?!example|sample|template|dist)[\w-]+)?|id_(?:rsa|dsa|ecdsa|ed25519)|.+\.(?:pem|p12|pfx|key|keystore))$/;

/** Looks at every text file below `root`, except what .gitignore leaves out. Linear in the size of the tree. */
export async function audit(root: string, { exclude, most, signal }: AuditOptions): Promise<Audit> {
  const { files, skipped } = await scan(root, { include: [], exclude, signal });
  const findings: Finding[] = [];
  // What is ignored on purpose is not missing.
  const { ignored: _, ...unread } = skipped.skippedCounts;
  let skippedFiles = Object.values(unread).reduce((sum, count) => sum + count, 0);
  let scanned = 0;
  for (const file of files) {
    signal.throwIfAborted();
    findings.push(...(await fileFindings(root, file)));
    const source = readSource(join(root, file), MOST_BYTES);
    if (!source.ok) skippedFiles++;
    else {
      scanned++;
      findings.push(...textFindings(file, source.text));
    }
    // Reading is synchronous: others get their turn now and then.
    if (scanned % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const ordered = findings.sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
  const count = (severity: Severity) => findings.filter((each) => each.severity === severity).length;
  return {
    findings: ordered.slice(0, most),
    total: findings.length,
    by_severity: { high: count("high"), medium: count("medium"), low: count("low") },
    files_scanned: scanned,
    files_skipped: skippedFiles,
    rules_applied: RULES.length + 2,
  };
}

/** What the name and the rights of a file tell. */
async function fileFindings(root: string, file: string): Promise<Finding[]> {
  const found: Finding[] = [];
  const name = file.slice(file.lastIndexOf("/") + 1);
  const about = (rule: string, severity: Severity, title: string, suggestion: string, excerpt: string) =>
    found.push({ rule, severity, title, suggestion, file, line: 0, excerpt });
  if (SECRET_FILE.test(name)) {
    const suggestion = "Keep it out of the tree and name it in .gitignore.";
    about("secret-file", "medium", "A file that holds secrets as a rule", suggestion, name);
  }
  const { mode } = await lstat(join(root, file)).catch(() => ({ mode: 0 }));
  if ((mode & 0o002) !== 0) {
    const rights = (mode & 0o777).toString(8);
    about("world-writable", "low", "Everybody may write the file", `chmod o-w ${name}`, `mode ${rights}`);
  }
  return found;
}

/** What the rules find in a text, line by line. */
export function textFindings(file: string, text: string): Finding[] {
  const extension = extname(file).slice(1).toLowerCase();
  const rules = RULES.filter(({ extensions }) => extensions === undefined || extensions.includes(extension));
  return text.split("\n").flatMap((whole, index) => {
    const line = whole.slice(0, MOST_CHARACTERS);
    return rules.flatMap((rule) => {
      const match = rule.pattern.exec(line);
      return match && !ALLOWED.test(line) ? [findingOf(rule, match, { file, line: index + 1 }, line)] : [];
    });
  });
}

function findingOf(
  { id, severity, title, suggestion }: Rule,
  match: RegExpExecArray,
  place: { readonly file: string; readonly line: number },
  line: string,
): Finding {
  const [, secret] = match;
  const shown = secret === undefined ? line : line.replaceAll(secret, `${secret.slice(0, 4)}…`);
  const excerpt = shown.trim().slice(0, EXCERPT).toWellFormed();
  return { rule: id, severity, title, suggestion, ...place, excerpt };
}
