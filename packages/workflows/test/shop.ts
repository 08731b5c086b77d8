import { type JsonObject, sleep } from "@orch/core";
import type { ActionContext } from "@orch/tasks";
import { aManager } from "./rig.ts";

/** A manager whose module `shop` does and undoes: `did` is what was done, in order. */
export function aShop(options: Parameters<typeof aManager>[0] = {}) {
  const made = aManager(options);
  const did: string[] = [];
  const broken = new Set<string>();
  const act =
    (what: string) =>
    async (parameters: JsonObject, { attempt, idempotencyKey, signal }: ActionContext) => {
      const { thing = "", ms = 0 } = parameters;
      if (Number(ms) > 0) await sleep(Number(ms), { clock: made.clock, signal });
      const label = `${what} ${String(thing)}`;
      if (broken.has(label)) throw new Error(`cannot ${label}`);
      did.push(attempt > 1 ? `${label} #${attempt}` : label);
      return `${String(thing)} by ${idempotencyKey.split("/").slice(1).join("/")}`;
    };
  made.modules.registerModule("shop", { do: act("do"), undo: act("undo") });
  return { ...made, did, broken };
}

/** A step that does a thing, and undoes what it gave. */
export const aStep = (name: string, rest: JsonObject = {}): JsonObject => ({
  name,
  module: "shop",
  action: "do",
  parameters: { thing: name },
  max_retries: 0,
  undo: { action: "undo", parameters: { thing: `{{${name}.output}}` }, max_retries: 0 },
  ...rest,
});
