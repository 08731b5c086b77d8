import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runAction } from "../shared/run-action.ts";
import { temporaryFolder } from "../shared/temporary-folder.ts";
import { textFindings } from "./audit.ts";
import module from "./index.ts";
import { RULES } from "./rules.ts";

interface Found {
  findings: { rule: string; severity: string; file: string; line: number; excerpt: string }[];
  total: number;
  by_severity: Record<string, number>;
  files_scanned: number;
}
const scan = (path: string, more: object = {}) =>
  runAction(module, "scan_codebase", { path, ...more }) as Promise<Found>;
// Put together here, so that this file has none itself.
const KEY = `AKIA${"Z".repeat(16)}`;
const TOKEN = `ghp_${"a1".repeat(18)}`;

describe("the rules", () => {
  it.each([
    ["private-key", "a.txt", `-----BEGIN ${"RSA "}PRIVATE KEY-----`],
    ["aws-access-key", "a.js", `const k = "${KEY}";`],
    ["service-token", "a.yml", `token: ${TOKEN}`],
    ["hard-coded-secret", "a.ts", 'const password = "correct-horse";'],
    ["credentials-in-url", "a.py", 'url = "postgres://admin:hunter22@db/x"'],
    ["eval", "a.js", "eval(text)"],
    ["eval", "a.ts", "new Function(text)"],
    ["eval", "a.py", "exec(code)"],
    ["shell-command", "a.js", `exec(\`ls ${"$"}{name}\`)`],
    ["shell-command", "a.py", "subprocess.run(cmd, shell=True)"],
    ["tls-not-checked", "a.js", "{ rejectUnauthorized: false }"],
    ["weak-hash", "a.ts", 'createHash("md5")'],
    ["unsafe-html", "a.js", "node.innerHTML = text"],
    ["unsafe-deserialization", "a.py", "pickle.loads(data)"],
  ])("find %s in %s", (rule, file, line) => {
    expect(textFindings(file, `first\n${line}\n`).map((each) => [each.rule, each.line])).toEqual([[rule, 2]]);
  });

  it.each([
    ["a.js", "const password = process.env.PASSWORD;"],
    ["a.js", 'const password = "${secret}";'],
    ["a.js", "retrieval(x); object.eval; // evaluate"],
    ["a.js", "pattern.exec(`a`)"],
    ["a.js", "if (node.innerHTML === text) run();"],
    ["a.py", "yaml.load(text, Loader=yaml.SafeLoader)"],
    ["a.txt", "eval(text)"],
    ["a.js", "eval(text) // security-audit: ignore"],
    ["a.md", "https://example.com/user:name"],
  ])("find nothing in %s with %j", (file, line) => {
    expect(textFindings(file, line)).toEqual([]);
  });

  it("never show a secret whole", () => {
    for (const secret of [KEY, TOKEN]) {
      const [finding] = textFindings("a.js", `const k = "${secret}";`);
      expect(finding?.excerpt).not.toContain(secret);
      expect(finding?.excerpt).toContain(`${secret.slice(0, 4)}…`);
    }
  });

  it("take linear time for lines that are made to be slow", () => {
    const steps = (size: number) => {
      const line = `${"password = ".repeat(size)}${"a:".repeat(size)}${"exec(".repeat(size)}`;
      return RULES.map(({ pattern }) => pattern.exec(line.slice(0, 2000))).length;
    };
    expect(steps(100_000)).toBe(RULES.length);
  });
});

describe("scanning a tree", () => {
  it("tells the worst first, leaves out what version control leaves out, and counts", async () => {
    await using folder = await temporaryFolder({
      ".gitignore": "ignored.js\n",
      "ignored.js": `"${KEY}"`,
      "src/a.js": `eval(x)\nconst k = "${KEY}";\n`,
      "src/fine.js": "export {};\n",
      ".env": "A=1\n",
      ".env.example": "A=\n",
      "blob.bin": new Uint8Array(8),
    });
    const found = await scan(folder.path);
    expect(found.findings.map(({ rule, file, line }) => [rule, file, line])).toEqual([
      ["aws-access-key", "src/a.js", 2],
      ["secret-file", ".env", 0],
      ["eval", "src/a.js", 1],
    ]);
    expect(found).toMatchObject({
      total: 3,
      by_severity: { high: 1, medium: 2, low: 0 },
      files_scanned: 5,
      files_skipped: 1,
    });
    expect((await scan(folder.path, { max_findings: 1 })).findings).toHaveLength(1);
    expect((await scan(folder.path, { exclude: ["src/"] })).total).toBe(1);
  });

  it("tells files that everybody may write", async () => {
    await using folder = await temporaryFolder({ "a.txt": "" });
    await chmod(join(folder.path, "a.txt"), 0o666);
    expect((await scan(folder.path)).findings).toMatchObject([
      { rule: "world-writable", excerpt: "mode 666" },
    ]);
  });

  it("refuses what is no directory", async () => {
    await expect(scan("/nowhere/at/all")).rejects.toMatchObject({ code: "INVALID_PARAMETERS" });
  });
});
