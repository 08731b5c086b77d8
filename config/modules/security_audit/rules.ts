/** How much a finding matters, the worst first. */
export const SEVERITIES = ["high", "medium", "low"] as const;
/** One of {@link SEVERITIES}. */
export type Severity = (typeof SEVERITIES)[number];

/** What is looked for in a line, and what to do about it. */
export interface Rule {
  readonly id: string;
  readonly severity: Severity;
  readonly title: string;
  readonly suggestion: string;
  /** Languages by extension; all text where it is missing. */
  readonly extensions?: readonly string[];
  /** Linear in the length of a line. Group 1, where there is one, is a secret: it is never shown. */
  readonly pattern: RegExp;
}

const SCRIPTS = ["js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx"];
const PYTHON = ["py"];
const ROTATE = "Take it out of the code, revoke it where it was issued, and read it from the environment.";

/** All rules, in the order in which they speak. */
export const RULES: readonly Rule[] = [
  {
    id: "private-key",
    severity: "high",
    title: "A private key lies in the code",
    suggestion: ROTATE,
    pattern: /-----BEGIN (?:RSA |EC |DSA |OPENSSH |PGP )?PRIVATE KEY(?: BLOCK)?-----/,
  },
  {
    id: "aws-access-key",
    severity: "high",
    title: "An access key of AWS lies in the code",
    suggestion: ROTATE,
    pattern: /\b((?:AKIA|ASIA)[0-9A-Z]{16})\b/,
  },
  {
    id: "service-token",
    severity: "high",
    title: "A token of a service lies in the code",
    suggestion: ROTATE,
    pattern:
      /\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22,255}|glpat-[\w-]{20}|xox[abprs]-[\w-]{10,72}|sk_live_[A-Za-z0-9]{24,99}|npm_[A-Za-z0-9]{36}|AIza[\w-]{35})\b/,
  },
  {
    id: "hard-coded-secret",
    severity: "medium",
    title: "A password or secret is written into the code",
    suggestion: ROTATE,
    pattern:
      /\b(?:password|passwd|secret|api_?key|access_?token|auth_?token|private_?key)["']?\s{0,4}[:=]\s{0,4}["'`]((?![<{$%])[^"'`\s]{8,200})["'`]/i,
  },
  {
    id: "credentials-in-url",
    severity: "medium",
    title: "An address has a user and a password in it",
    suggestion: ROTATE,
    pattern: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@"'`]{1,64}:([^\s/@"'`{$<]{3,128})@/i,
  },
  {
    id: "eval",
    severity: "medium",
    title: "Text is run as code",
    suggestion: "Parse the text, or choose from a table of functions.",
    extensions: SCRIPTS,
    pattern: /(?<![\w.$])(?:eval|new\s{1,4}Function)\s{0,4}\(/,
  },
  {
    id: "eval",
    severity: "medium",
    title: "Text is run as code",
    suggestion: "Parse the text with ast.literal_eval or json, or choose from a table of functions.",
    extensions: PYTHON,
    pattern: /(?<![\w.])(?:eval|exec)\s{0,4}\((?!\s{0,4}\))/,
  },
  {
    id: "shell-command",
    severity: "medium",
    title: "A command for a shell is put together from parts",
    suggestion: "Start the program with a list of arguments and without a shell.",
    extensions: SCRIPTS,
    pattern: /(?<![\w.])exec(?:Sync)?\s{0,4}\(\s{0,4}(?:`[^`]{0,400}\$\{|["'][^"']{0,400}["']\s{0,4}\+)/,
  },
  {
    id: "shell-command",
    severity: "medium",
    title: "A program is started through a shell",
    suggestion: "Give a list of arguments and leave shell=True out.",
    extensions: PYTHON,
    pattern: /\bshell\s{0,4}=\s{0,4}True\b/,
  },
  {
    id: "tls-not-checked",
    severity: "high",
    title: "Certificates are not checked",
    suggestion: "Trust the right authority (NODE_EXTRA_CA_CERTS, verify=<file>) instead of everybody.",
    pattern:
      /rejectUnauthorized["']?\s{0,4}:\s{0,4}false|NODE_TLS_REJECT_UNAUTHORIZED["']?\]?\s{0,4}=\s{0,4}["']?0|\bverify\s{0,4}=\s{0,4}False\b/,
  },
  {
    id: "weak-hash",
    severity: "low",
    title: "A hash that is not safe any more",
    suggestion: "Use SHA-256, and for passwords scrypt or argon2. For a mere fingerprint it may stay.",
    extensions: [...SCRIPTS, ...PYTHON],
    pattern: /createHash\(\s{0,4}["'`](?:md5|sha1)["'`]|\bhashlib\.(?:md5|sha1)\s{0,4}\(/,
  },
  {
    id: "unsafe-html",
    severity: "low",
    title: "Text is put into a page as HTML",
    suggestion: "Use textContent, or clean the HTML first.",
    extensions: SCRIPTS,
    pattern:
      /\.(?:inner|outer)HTML\s{0,4}\+?=(?!=)|dangerouslySetInnerHTML|\bdocument\.write(?:ln)?\s{0,4}\(/,
  },
  {
    id: "unsafe-deserialization",
    severity: "medium",
    title: "Data is loaded in a way that can run code",
    suggestion: "Use json, or yaml.safe_load.",
    extensions: PYTHON,
    pattern: /\bpickle\.loads?\s{0,4}\(|\byaml\.load\s{0,4}\((?![^)\n]{0,200}Safe)/,
  },
];
