import { MAX_JSON_DEPTH } from "@orch/core/find-lossy";
import { z } from "zod";
import { MAX_RESULT_BYTES } from "./call-check.ts";
import { NoMessage } from "./no-message.ts";
import { Frames } from "./process-frame.ts";
import type { FromProcess } from "./process-message.ts";
import { FAILURE, REMOTE_MESSAGES, RESULT, readAs, USAGE } from "./remote-said.ts";

/** No message is longer: a result as large as it may be, and what stands around it. */
const MOST_BYTES = MAX_RESULT_BYTES + 4 * 1024 * 1024;
/** How deep arrays and objects lie in each other in a message: in a result as deep as it may be, and around it. */
const MOST_LEVELS = MAX_JSON_DEPTH + 8;
const MOST_LEFT = 65_536;

const PROCESS = z.object({
  // Neither the first one, nor the engine.
  pid: z
    .int()
    .min(2)
    .refine((pid) => pid !== process.pid),
  startTime: z.string().regex(/^\d{1,20}$/),
});

const FROM_PROCESS: z.ZodType<FromProcess> = z.discriminatedUnion("type", [
  ...REMOTE_MESSAGES,
  z.object({
    type: z.literal("ended"),
    outcome: z.discriminatedUnion("ok", [
      z.object({ ok: z.literal(true), value: RESULT }),
      z.object({ ok: z.literal(false), failure: FAILURE }),
    ]),
  }),
  z.object({ type: z.literal("died"), failure: FAILURE }),
  z.object({ type: z.literal("leaves"), left: z.array(PROCESS).max(MOST_LEFT), usage: USAGE }),
]);

/** Reads what a child says, and checks it: any code in it can write to that pipe. */
export class ProcessSaid {
  readonly #frames = new Frames(MOST_BYTES);

  /** The messages that a piece completes. Throws {@link NoMessage}; nothing that follows can be understood then. */
  *read(piece: Buffer): Generator<FromProcess> {
    for (const body of this.#frames.read(piece)) yield readAs(FROM_PROCESS, valueIn(body));
  }
}

function valueIn(body: Buffer): unknown {
  if (isDeep(body)) throw new NoMessage(`more than ${MOST_LEVELS} levels`);
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new NoMessage("it is no JSON");
  }
}

const [QUOTE, BACKSLASH, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = Buffer.from('"\\[]{}');

/** Whether its brackets lie deeper in each other than in any message: of 64 MiB of them V8 makes half a minute of work. O(size). */
function isDeep(body: Buffer): boolean {
  let levels = 0;
  let isText = false;
  for (let at = 0; at < body.byteLength; at++) {
    const byte = body[at];
    if (byte === QUOTE) isText = !isText;
    else if (isText) at += byte === BACKSLASH ? 1 : 0;
    else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) levels++;
    else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) levels--;
    if (levels > MOST_LEVELS) return true;
  }
  return false;
}
