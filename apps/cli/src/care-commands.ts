import { Argument, type Command } from "commander";
import type { Act } from "./program.ts";

const SHELLS = ["bash", "zsh", "fish"];

/** What keeps a base directory well, and what helps to begin. */
export function addCare(program: Command, act: Act): void {
  program
    .command("init [directory]")
    .description("make a base directory to begin with: a module, a workflow, settings; overwrites nothing")
    .action(act(async () => (await import("./commands/init.ts")).initBase));
  program
    .command("doctor")
    .description("look for what is wrong, and say what to do; changes nothing, ends with 1 for a problem")
    .option("--load", "also load every module, which runs their code")
    .action(act(async () => (await import("./commands/doctor.ts")).doctor));
  program
    .command("backup [file]")
    .description("copy the state while others write, with large values, and check the copy")
    .action(act(async () => (await import("./commands/backup.ts")).backup));
  program
    .command("gc")
    .description("delete what is kept for longer than the settings say, now")
    .action(act(async () => (await import("./commands/gc.ts")).collectGarbage));
  program
    .command("completion")
    .addArgument(new Argument("<shell>", "whose script is printed").choices(SHELLS))
    .description("print a script that completes commands and options")
    .action(
      act(async () => {
        const { printCompletion } = await import("./commands/completion.ts");
        return printCompletion(program);
      }),
    );
}
