import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { type CompletionNode, completionScript } from "./completion-script.ts";

const NODES: CompletionNode[] = [
  {
    path: "",
    commands: [
      { name: "run", description: "run it" },
      { name: "workflow", description: "look at 'them'" },
    ],
    options: ["--json", "--help"],
  },
  { path: "/run", commands: [], options: ["--param", "--params-file"] },
  { path: "/workflow", commands: [{ name: "list", description: "all" }], options: ["--json"] },
  { path: "/workflow/list", commands: [], options: ["--limit"] },
];

/** What bash offers at the end of these words. */
function offered(...words: string[]): string[] {
  const list = words.map((word) => `'${word}'`).join(" ");
  const ask = `COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _orch; echo "\${COMPREPLY[@]}"`;
  const script = `${completionScript("bash", NODES)}\n${ask}`;
  const { stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout.trim().split(" ").filter(Boolean);
}

describe.skipIf(process.platform === "win32")("completion for bash", () => {
  it("offers commands and options where they stand", () => {
    expect(offered("orch", "")).toEqual(["run", "workflow", "--json", "--help"]);
    expect(offered("orch", "wo")).toEqual(["workflow"]);
    expect(offered("orch", "--json", "workflow", "")).toEqual(["list", "--json"]);
    expect(offered("orch", "workflow", "list", "--l")).toEqual(["--limit"]);
    expect(offered("orch", "run", "hello", "--par")).toEqual(["--param", "--params-file"]);
    // Not a command there.
    expect(offered("orch", "run", "workflow", "l")).toEqual([]);
  });
});

it("names every place for the other shells, too, and quotes descriptions", () => {
  const fish = completionScript("fish", NODES);
  expect(fish).toContain(`complete -c orch -n '__orch_at "/workflow"' -a list -d 'all'`);
  expect(fish).toContain(String.raw`-d 'look at \'them\''`);
  const zsh = completionScript("zsh", NODES);
  expect(zsh).toMatch(/^#compdef orch\n/);
  // `path` is a variable of zsh itself.
  expect(zsh).not.toMatch(/\$path\b/);
});
