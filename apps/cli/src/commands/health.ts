import { isObject, type JsonObject } from "@orch/core";
import { cleanText } from "@orch/core/base";
import { EXIT } from "../exit-code.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { paint } from "../paint.ts";
import { table } from "../table.ts";
import { tellResult } from "../tell-result.ts";
import type { Terminal } from "../terminal.ts";

/** Says how the parts are, and what is wrong. Ends with 1 when something is unhealthy, with 0 when it is degraded at most. */
export async function showHealth(options: GlobalOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, () => {});
  const health = engine.healthCheck();
  const status = String(health["overall_status"]);
  const success = status !== "unhealthy";
  const exitCode = success ? EXIT.success : EXIT.failed;
  if (options.json) {
    terminal.out(JSON.stringify({ type: "result", success, ...health }));
    return exitCode;
  }
  const components = Object.entries(health["components"] as Readonly<Record<string, JsonObject>>);
  terminal.out(`${signOf(status)} ${status}`);
  const rows = components.map(([name, { status: each, details }]) => [
    name.replaceAll("_", " "),
    String(each),
    factsText(details as JsonObject),
  ]);
  for (const line of table(rows, terminal.lineWidth)) terminal.out(line);
  for (const issue of health["issues"] as string[])
    terminal.err(`  ${paint.warn("Problem:")} ${cleanText(issue)}`);
  return exitCode;
}

function signOf(status: string): string {
  if (status === "healthy") return paint.good("✔");
  return status === "degraded" ? paint.warn("!") : paint.bad("✖");
}

/** Numbers and the like on one line; what is nested is for programs. */
const factsText = (details: JsonObject): string =>
  Object.entries(details)
    .filter(([, value]) => typeof value === "number")
    .map(([name, value]) => `${name.replaceAll("_", " ")} ${String(value)}`)
    .join(", ");

/** Shows figures for who watches. */
export async function showMetrics(options: GlobalOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, () => {});
  const metrics = engine.getMetrics();
  const lines = table([...figuresIn(metrics)], terminal.lineWidth);
  return tellResult({ ...metrics }, lines.join("\n"), options, terminal);
}

/** Every figure with the names that lead to it; what is empty or null is left out. */
function* figuresIn(value: JsonObject, path = ""): Iterable<string[]> {
  for (const [key, each] of Object.entries(value)) {
    const name = path === "" ? key : `${path}.${key}`;
    if (isObject(each) && !Array.isArray(each)) yield* figuresIn(each as JsonObject, name);
    else if (typeof each === "number") yield [name, String(Math.round(each * 1000) / 1000)];
    else if (typeof each === "string") yield [name, each];
  }
}
