import type { JsonObject } from "@orch/core";
import { digestOf } from "./audit.ts";
import type { ToolContext } from "./tool.ts";

/** The id of a run that the caller has put together himself, which is noted before it begins. */
export async function claimComposed(
  asked: JsonObject,
  { host, caller, newId }: Pick<ToolContext, "host" | "caller" | "newId">,
): Promise<string> {
  if (!host.runs) return newId();
  const claim = await host.runs.claim({ caller, key: null, digest: digestOf(asked), composed: true });
  return claim.executionId;
}
