import { runCommandLine } from "../src/command-line.ts";
import { type FakeTerminal, fakeTerminal } from "./fake-terminal.ts";

/** What a command that ran in this process has shown. */
export interface Called extends FakeTerminal {
  readonly code: number;
  /** Standard output. */
  readonly text: string;
}

/** Runs a command in this process. */
export async function call(base: string, ...args: string[]): Promise<Called> {
  const terminal = fakeTerminal();
  const code = await runCommandLine([...args, "--base-dir", base], terminal);
  return { ...terminal, code, text: terminal.stdout.join("\n") };
}

/** The result, the last line of standard output. */
export const resultOf = ({ stdout }: Pick<FakeTerminal, "stdout">): Record<string, unknown> =>
  JSON.parse(stdout.at(-1) ?? "") as Record<string, unknown>;
