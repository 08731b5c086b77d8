import type { JsonObject } from "@orch/core";
import { cleanText } from "@orch/core/base";
import type { OrchestrationEngine, Resource, ResourceType } from "@orch/engine";
import { EXIT } from "../exit-code.ts";
import { findResource } from "../known-resource.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { paint } from "../paint.ts";
import { table } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { timeText } from "../time-text.ts";

/** What `orch resource list` takes. */
export interface ListResourcesOptions extends GlobalOptions {
  readonly type?: ResourceType;
}

/** Lists resources with how much of them is in use. */
export async function listResources(options: ListResourcesOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, (text) => terminal.err(cleanText(text)));
  const { resourceManager } = engine;
  const resources = resourceManager.listResources(options.type ?? null);
  const usages = resources.map(({ id }) => resourceManager.getResourceUsage(id));
  if (options.json) {
    terminal.out(JSON.stringify({ type: "result", success: true, resources: usages }));
    return EXIT.success;
  }
  const rows = resources.map((resource, at) => [
    resource.id,
    resource.type,
    resource.status,
    usedText(usages[at] ?? {}),
    resource.name === resource.id ? "" : resource.name,
  ]);
  for (const line of table(rows, terminal.lineWidth)) terminal.out(line);
  if (rows.length === 0) terminal.out("No such resource");
  return EXIT.success;
}

/** Shows how much of one resource is in use and who holds it, or of all together. */
export async function showUsage(
  id: string | undefined,
  options: GlobalOptions,
  terminal: Terminal,
): Promise<number> {
  await using engine = openEngine(options, (text) => terminal.err(cleanText(text)));
  return id === undefined
    ? showAll(engine, options, terminal)
    : showOne(findResource(id, engine), engine, options, terminal);
}

function showAll(engine: OrchestrationEngine, { json }: GlobalOptions, terminal: Terminal): number {
  const usage = engine.resourceManager.getResourceUsage();
  if (json) {
    terminal.out(JSON.stringify({ type: "result", success: true, ...usage }));
    return EXIT.success;
  }
  const counts = usage["resources_by_type"] as Readonly<Record<string, number>>;
  const shares = Object.entries(usage["utilization_summary"] as Readonly<Record<string, number>>);
  const rows = shares.map(([type, percent]) => [type, String(counts[type] ?? 0), `${percent} % in use`]);
  for (const line of table([["type", "many", "on average"], ...rows], terminal.lineWidth)) terminal.out(line);
  terminal.out(
    `  ${String(usage["total_resources"])} resources, ${String(usage["total_allocations"])} grants live`,
  );
  return EXIT.success;
}

function showOne(
  resource: Resource,
  { resourceManager }: OrchestrationEngine,
  { json }: GlobalOptions,
  terminal: Terminal,
): number {
  const usage = resourceManager.getResourceUsage(resource.id);
  const allocations = [...resource.allocations.values()];
  if (json) {
    const held = allocations.map((allocation) => allocation.toDict());
    terminal.out(JSON.stringify({ type: "result", success: true, ...usage, allocations: held }));
    return EXIT.success;
  }
  const title = `${paint.strong(cleanText(resource.id))}  ${resource.type}  ${resource.status}`;
  terminal.out(title);
  const rows = [
    ["In use", usedText(usage)],
    ["About", resource.description],
    ["Tags", resource.tags.join(", ")],
  ].filter(([, value]) => value !== "");
  for (const line of table(rows, terminal.lineWidth)) terminal.out(line);
  if (allocations.length > 0) terminal.out("\nHeld by");
  const held = allocations.map(({ id, userId, allocated, allocatedAt, expiresAt }) => [
    id,
    userId,
    amountsText(allocated),
    `since ${timeText(allocatedAt)}`,
    expiresAt === null ? "" : `until ${timeText(expiresAt)}`,
  ]);
  for (const line of table(held, terminal.lineWidth)) terminal.out(line);
  return EXIT.success;
}

/** `2 of 8 cores, 0 of 16 threads`. */
function usedText({ capacity, allocated }: JsonObject): string {
  const used = (allocated ?? {}) as Readonly<Record<string, number>>;
  return Object.entries((capacity ?? {}) as Readonly<Record<string, number>>)
    .map(([dimension, most]) => `${rounded(used[dimension] ?? 0)} of ${rounded(most)} ${dimension}`)
    .join(", ");
}

const amountsText = (amounts: Readonly<Record<string, number>>): string =>
  Object.entries(amounts)
    .map(([dimension, amount]) => `${rounded(amount)} ${dimension}`)
    .join(", ") || "a lock";

const rounded = (amount: number): number => Math.round(amount * 1000) / 1000;
