import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type CompletionNode, completionScript, type Shell } from "./completion-script.ts";

const option = (name: string, values: readonly string[] | null = null) => ({
  ...{ name, description: `it's ${name}` },
  values,
});
const COMMON = [option("--json"), option("--config", [])];
const NODES: CompletionNode[] = [
  {
    path: "",
    commands: [
      { name: "run", description: "run it" },
      { name: "workflow", description: "look at 'them': all" },
    ],
    options: COMMON,
    values: null,
  },
  { path: "/run", commands: [], options: [option("--mode", ["fast", "slow"]), ...COMMON], values: [] },
  {
    path: "/workflow",
    commands: [
      { name: "list", description: "all" },
      { name: "print", description: "one" },
    ],
    options: COMMON,
    values: null,
  },
  { path: "/workflow/list", commands: [], options: [option("--limit", []), ...COMMON], values: null },
  { path: "/workflow/print", commands: [], options: COMMON, values: ["text", "dot"] },
];

/** Runs a script in a shell, in a directory with the one file `a-file`. */
function runIn(shell: Shell, script: string, args: readonly string[] = []): string[] {
  const cwd = mkdtempSync(join(tmpdir(), "orch-complete-"));
  try {
    writeFileSync(join(cwd, "a-file"), "");
    const { stdout, stderr } = spawnSync(shell, [...args, "-c", script], { cwd, encoding: "utf8" });
    expect(stderr).toBe("");
    return stdout.split("\n").filter(Boolean);
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

const list = (words: readonly string[]) => words.map((word) => `'${word}'`).join(" ");

/** What a shell offers at the end of these words: `<files>` stands for the names of files. */
const OFFERED: Record<Shell, (words: readonly string[]) => string[]> = {
  bash: (words) => {
    // What compopt takes back is not in force outside of a real completion.
    const ask = `compopt() { echo no files; }; COMP_WORDS=(${list(words)}); COMP_CWORD=${words.length - 1}; _orch; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const lines = runIn("bash", `${completionScript("bash", NODES)}\n${ask}`);
    const found = lines.filter((line) => line !== "no files");
    return found.length === 0 && !lines.includes("no files") ? ["<files>"] : found;
  },
  zsh: (words) => {
    // The functions that a real completion has. They are given what is to be shown.
    const parts = [
      "compdef() { : }; _files() { print -r -- '<files>' }",
      'compadd() { shift; print -rl -- "$@" }; _describe() { print -rl -- "${(@P)2%%:*}" }',
      completionScript("zsh", NODES),
      `words=(${list(words)}); CURRENT=${words.length}; PREFIX='${words.at(-1)}'; _orch`,
    ];
    const prefix = words.at(-1) ?? "";
    const shown = runIn("zsh", parts.join("\n"), ["-f"]);
    return shown.filter((word) => word === "<files>" || word.startsWith(prefix));
  },
  fish: (words) => {
    const line = words.join(" ");
    const script = `${completionScript("fish", NODES)}\ncomplete -C ${list([line])}`;
    return runIn("fish", script, ["--no-config"]).map((shown) => {
      const [word = ""] = shown.split("\t");
      return word === "a-file" ? "<files>" : word;
    });
  },
};

const isInstalled = (shell: Shell): boolean => spawnSync(shell, ["--version"]).error === undefined;

// Where a shell is not installed, its tests are skipped: they are then tests of nobody's.
describe.each(["bash", "zsh", "fish"] as const)("completion for %s, if it is installed", (shell) => {
  const offered = (...words: string[]): string[] => OFFERED[shell](words).sort();

  it.skipIf(!isInstalled(shell))("offers commands, options and values where they stand", () => {
    expect(offered("orch", "")).toEqual(["run", "workflow"]);
    expect(offered("orch", "wo")).toEqual(["workflow"]);
    expect(offered("orch", "--json", "workflow", "")).toEqual(["list", "print"]);
    expect(offered("orch", "workflow", "--")).toEqual(["--config", "--json"]);
    expect(offered("orch", "workflow", "list", "--l")).toEqual(["--limit"]);
    expect(offered("orch", "workflow", "print", "")).toEqual(["dot", "text"]);
    expect(offered("orch", "run", "--mode", "")).toEqual(["fast", "slow"]);
    expect(offered("orch", "run", "--mode", "fast", "--m")).toEqual(["--mode"]);
  });

  it.skipIf(!isInstalled(shell))("offers files where one can stand, and nowhere else", () => {
    expect(offered("orch", "run", "")).toEqual(["<files>"]);
    expect(offered("orch", "run", "--config", "")).toEqual(["<files>"]);
    // The value of an option is no command.
    expect(offered("orch", "--config", "workflow", "")).toEqual(["run", "workflow"]);
    // Not a command there.
    expect(offered("orch", "run", "workflow", "")).toEqual(["<files>"]);
  });
});

it("can be a file in a folder of completions of zsh, which runs it to complete", () => {
  const zsh = completionScript("zsh", NODES);
  expect(zsh).toMatch(/^#compdef orch\n/);
  // `path` is a variable of zsh itself.
  expect(zsh).not.toMatch(/\$path\b/);
});
