import { ProtocolError } from "@modelcontextprotocol/server";
import { newRandomId } from "@orch/core";
import { errorDetail } from "./error-detail.ts";
import { RPC } from "./json-rpc.ts";
import type { ToolRun } from "./run-tool.ts";

/**
 * What a method of the protocol says of an error: no more than a tool would, since the SDK passes on the words of all that is
 * thrown. What is our own fault goes to the log with its id.
 */
export function protocolFault(
  error: unknown,
  { baseDir, logger }: Pick<ToolRun, "baseDir" | "logger">,
  code: number = RPC.internalError,
): ProtocolError {
  if (error instanceof ProtocolError) return error;
  const { error_message, error_code, error_details } = errorDetail(error, baseDir, () => {
    const errorId = newRandomId();
    const stack = error instanceof Error ? error.stack : String(error);
    logger.error("A request failed inside", { error_id: errorId, stack });
    return errorId;
  });
  return new ProtocolError(code, error_message, { error_code, ...error_details });
}

/** The same handler, which rejects with {@link protocolFault}s alone. */
export const guarded =
  <Given extends readonly unknown[], Result>(
    handler: (...given: Given) => Promise<Result>,
    run: Pick<ToolRun, "baseDir" | "logger">,
  ) =>
  async (...given: Given): Promise<Result> => {
    try {
      return await handler(...given);
    } catch (error) {
      throw protocolFault(error, run);
    }
  };
