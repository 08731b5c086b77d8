import type { JsonValue } from "@orch/core/base";
import { z } from "zod";
import type { Outcome } from "./failure.ts";
import { NoMessage } from "./no-message.ts";
import type { FromRemote } from "./remote-message.ts";
import { FAILURE, isResult, REMOTE_MESSAGES, readAs, USAGE } from "./remote-said.ts";
import type { FromThread } from "./worker-message.ts";

const FROM_THREAD = z.discriminatedUnion("type", [
  ...REMOTE_MESSAGES,
  z.object({
    type: z.literal("failed"),
    outcome: z.object({ ok: z.literal(false), failure: FAILURE, usage: USAGE }),
  }),
  z.object({ type: z.literal("ready"), threadId: z.int().min(1) }),
  z.object({ type: z.literal("spoilt") }),
]);

/** What a thread said, read: how an attempt ended, or something else. */
export type ThreadSaid =
  | FromRemote
  | Extract<FromThread, { readonly type: "ready" | "spoilt" }>
  | { readonly type: "ended"; readonly outcome: Outcome };

/** Checks what came from a thread, where any code can have changed what is sent. Throws {@link NoMessage}. */
export function threadSaid(message: unknown): ThreadSaid {
  // The usual case, without a schema: it takes a tenth of the time.
  if (Array.isArray(message)) return { type: "ended", outcome: resultIn(message) };
  const said = readAs(FROM_THREAD, message);
  return said.type === "failed" ? { type: "ended", outcome: said.outcome } : said;
}

function resultIn([value, cpuMs]: readonly unknown[]): Outcome {
  if (!isResult(value)) throw new NoMessage("its result is no JSON that could be kept");
  if (typeof cpuMs !== "number" || !(cpuMs >= 0 && cpuMs <= Number.MAX_SAFE_INTEGER))
    throw new NoMessage("its time is no number");
  return { ok: true, value: value satisfies JsonValue, usage: { cpuMs, peakBytes: 0 } };
}
