import type { JsonValue, StoreReader } from "@orch/core";
import { z } from "zod";
import { keys } from "./execution-record.ts";

const requestSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("cancel") }),
  z.object({ type: z.literal("pause") }),
  z.object({ type: z.literal("continue") }),
  z.object({
    type: z.literal("answer"),
    step: z.string(),
    value: z.custom<JsonValue>(),
    /** The wait that is meant, by its beginning; absent: the one of now. */
    since: z.number().optional(),
  }),
]);

/** What can be asked of a running execution, by its own process or by another one. */
export type ExecutionRequest = z.infer<typeof requestSchema>;

/** A request that another process has left in the store. */
export interface StoredRequest {
  readonly key: string;
  /** The execution that it is for. */
  readonly id: string;
  readonly request: ExecutionRequest;
}

/** What is asked of an execution, oldest first; with null of all of them. One that cannot be read is left out. */
export function readRequests(id: string | null, store: StoreReader): StoredRequest[] {
  return store.list(id === null ? "requests/" : keys.requests(id)).flatMap(([key, value]) => {
    const parsed = requestSchema.safeParse(value);
    return parsed.success ? [{ key, id: key.split("/")[1] ?? "", request: parsed.data }] : [];
  });
}
