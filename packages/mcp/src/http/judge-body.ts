import { isObject } from "@orch/core";
import { RPC, type RpcError, rpcError } from "../json-rpc.ts";
import { judgeMessage, parseJson } from "../judge-line.ts";

/** What a body is: a message that the protocol answers, or a mistake that has its answer. */
export type BodyVerdict =
  | { readonly type: "message"; readonly message: Readonly<Record<string, unknown>> }
  | { readonly type: "wrong"; readonly error: RpcError };

/** Decides on the text of a body, as the line guard does on a line. Pure. */
export function judgeBody(text: string): BodyVerdict {
  const message = parseJson(text);
  if (message === undefined) return wrong(RPC.parseError, "Parse error: the body must be one JSON object");
  if (!isObject(message) || Array.isArray(message))
    return wrong(RPC.invalidRequest, "Invalid request: the body must be one object, batches are not served");
  const verdict = judgeMessage(message);
  switch (verdict.type) {
    case "pass":
      return { type: "message", message };
    case "answer":
      // Versions stand in headers, too, and are compared with those first.
      if (verdict.error.error.code === RPC.unsupportedVersion) return { type: "message", message };
      return { type: "wrong", error: verdict.error };
    // Here also a notification has an answer, which says that it was not taken.
    case "drop":
      return wrong(RPC.invalidParams, "Invalid params: _meta is not as it must be");
  }
}

const wrong = (code: number, message: string): BodyVerdict => ({
  type: "wrong",
  error: rpcError(code, message),
});
