import { type Command, InvalidArgumentError, Option } from "commander";

/** In which order what is ready runs. */
export const MODES = ["sequential", "parallel", "priority", "resource_aware"];

/** The options that give parameters. */
export const parameterOptions = (command: Command): Command =>
  command
    .addOption(
      new Option("-p, --param <key=value>", "a parameter; may be repeated")
        .argParser(collect)
        .default([] as string[], "none"),
    )
    .option("--params-file <file>", "parameters from a JSON file, - for standard input");

/** The options of a command that runs a workflow. */
export const runOptions = (command: Command): Command =>
  parameterOptions(command)
    .addOption(new Option("--mode <mode>", "order of steps").choices(MODES))
    .option("--max-parallel <n>", "steps that run at once", wholeNumber)
    .option("--timeout <seconds>", "limit of the whole run", positiveNumber)
    .option("--cache", "use results of earlier runs, where a step says nothing of it")
    .option("--no-cache", "run every step that does not ask for a cache itself")
    .option("--dry-run", "check all that is given and show what would run");

/** Texts of an option that may be repeated. */
const collect = (text: string, before: readonly string[] = []): string[] => [...before, text];

/** An option that may be repeated. */
export const many = (flags: string, text: string): Option =>
  new Option(flags, `${text}; may be repeated`).argParser(collect);

/** A whole number from 1. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError("It must be a whole number of at least 1.");
}

/** A whole number from 0. */
export const wholeNumberFromZero = (text: string): number => (/^0+$/.test(text) ? 0 : wholeNumber(text));

/** A number above 0. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (/^[\d.]+$/.test(text) && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("It must be a number above 0.");
}
