import type { JsonObject } from "@orch/core";
import { digestOf } from "./audit.ts";
import type { ToolContext } from "./tool.ts";

/** The id of a run of its own, which is noted before it begins. `composed`: the caller has put together himself what is to run. */
export async function claimRun(
  asked: JsonObject,
  { host, caller, newId }: Pick<ToolContext, "host" | "caller" | "newId">,
  { composed }: { readonly composed: boolean },
): Promise<string> {
  if (!host.runs) return newId();
  const claim = await host.runs.claim({ caller, key: null, digest: digestOf(asked), composed });
  return claim.executionId;
}
