import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { aBase, aFolder } from "./base.ts";
import { type Called, call, resultOf } from "./call.ts";

const documentsOf = (called: Called) =>
  (resultOf(called)["documents"] as { path: string; outcome: string }[]).map(({ outcome }) => outcome);
const errorOf = (called: Called) => [called.code, resultOf(called)["error_code"]];

describe("orch docs", () => {
  it("writes documents of a directory, and then finds them up to date", async () => {
    const base = aBase();
    const folder = join(aFolder(), "whales");
    mkdirSync(join(folder, "src"), { recursive: true });
    mkdirSync(join(folder, ".hidden"));
    const args = [folder, "--all-dirs", "--description", "s\u001b[2Jongs", "--created", "2026-01-31"];
    const before = await call(base, "docs", "check", ...args, "--json");
    expect([before.code, documentsOf(before)]).toEqual([1, Array(4).fill("would change")]);
    expect(readdirSync(folder)).toEqual([".hidden", "src"]);
    const written = await call(base, "docs", "generate", ...args);
    expect(written.code).toBe(0);
    expect(written.stdout).toEqual([
      "  README.md written",
      "  AGENTS.md written",
      "  src/README.md written",
      "  src/AGENTS.md written",
    ]);
    const readme = readFileSync(join(folder, "README.md"), "utf8");
    expect(readme).toMatch(/^# whales\n/);
    expect(readme).toContain("songs");
    expect(readme).not.toContain("\u001b");
    const after = await call(base, "docs", "check", ...args, "--json");
    expect([after.code, documentsOf(after)]).toEqual([0, Array(4).fill("is up to date")]);
    expect(
      (await call(base, "docs", "check", folder, "--created", "2026-01-31", "--name", "orcas")).code,
    ).toBe(1);
    expect(existsSync(join(base, ".workflows"))).toBe(false);
  });

  it("leaves alone what somebody has written", async () => {
    const base = aBase();
    const folder = aFolder();
    writeFileSync(join(folder, "README.md"), "my own words");
    const written = await call(base, "docs", "generate", folder);
    expect(written.code).toBe(1);
    expect(written.text).toMatch(/README\.md not written: it was written by somebody else/);
    expect(written.text).toMatch(/AGENTS\.md written/);
    expect(readFileSync(join(folder, "README.md"), "utf8")).toBe("my own words");
    expect((await call(base, "docs", "check", folder)).code).toBe(0);
  });

  it("knows what a project says of itself", async () => {
    const base = aBase();
    await call(base, "project", "create", "whales", "--template", "ai_analysis", "--description", "songs");
    const fresh = await call(base, "docs", "check", "--project", "whales", "--json");
    expect(fresh.code).toBe(0);
    expect((await call(base, "docs", "check", join(base, "projects/whales"))).code).toBe(0);
    await call(base, "project", "update", "whales", "--description", "other songs");
    const changed = await call(base, "docs", "check", "--project", "whales");
    expect(changed.code).toBe(1);
    expect(changed.text).toMatch(/^ {2}README\.md would change$/m);
    expect((await call(base, "docs", "generate", "--project", "whales")).code).toBe(0);
    expect(readFileSync(join(base, "projects/whales/README.md"), "utf8")).toContain("other songs");
    expect(errorOf(await call(base, "docs", "check", "--project", "wales", "--json"))).toEqual([
      3,
      "PROJECT_NOT_FOUND",
    ]);
  });

  it("refuses what makes no documents, and writes nothing then", async () => {
    const base = aBase();
    const folder = aFolder();
    const bad: [string[], number, string][] = [
      [[join(folder, "gone")], 4, "STORAGE_ERROR"],
      [[folder, "--project", "whales"], 2, "INVALID_PARAMETERS"],
      [["--all-dirs", "--project", "whales"], 2, "INVALID_PARAMETERS"],
      [[folder, "--document", "NOVEL"], 2, "INVALID_PARAMETERS"],
      [[folder, "--created", "yesterday"], 2, "INVALID_PARAMETERS"],
      [[folder, "--dir", "../out"], 2, "INVALID_PARAMETERS"],
      [[folder, "--template", "../out"], 2, "INVALID_PARAMETERS"],
    ];
    for (const [args, exit, code] of bad)
      expect([args, ...errorOf(await call(base, "docs", "generate", ...args, "--json"))]).toEqual([
        args,
        exit,
        code,
      ]);
    expect(readdirSync(folder)).toEqual([]);
  });
});
