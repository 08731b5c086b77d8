import { completable, type McpServer, ProtocolError } from "@modelcontextprotocol/server";
import { toErrorResponse } from "@orch/core";
import { z } from "zod";
import { RPC } from "./json-rpc.ts";
import { beginningWith } from "./known-names.ts";
import { PROMPTS, type PromptArgument, type PromptSpec } from "./prompt-table.ts";
import { guarded } from "./protocol-fault.ts";
import type { Served } from "./served-tools.ts";

const MAX_TEXT = 4096;

/** Registers the prompts. */
export function servePrompts(mcp: McpServer, served: Served): void {
  for (const prompt of PROMPTS) {
    const { name, title, description } = prompt;
    const fields = Object.entries(prompt.arguments).map(
      ([key, each]) => [key, schemaOf(each, served)] as const,
    );
    const argsSchema = z.object(Object.fromEntries(fields));
    mcp.registerPrompt(name, { title, description, argsSchema }, async (given) => ({
      description,
      messages: [{ role: "user", content: { type: "text", text: await textOf(prompt, given, served) } }],
    }));
  }
}

function schemaOf({ description, completes }: PromptArgument, { run }: Served) {
  const text = z.string().max(MAX_TEXT).describe(description);
  if (completes === null) return text;
  const complete = async (word: unknown) => beginningWith(String(word ?? ""), completes(await run.host()));
  return completable(text, guarded(complete, run));
}

async function textOf(
  { text, name }: PromptSpec,
  given: Readonly<Record<string, string>>,
  { run }: Served,
): Promise<string> {
  try {
    return text(await run.host(), given);
  } catch (error) {
    const { error_code } = toErrorResponse(error);
    if (/_NOT_FOUND$|_INVALID$/.test(error_code))
      throw new ProtocolError(RPC.invalidParams, "What the prompt is about is not there", {
        prompt: name,
        error_code,
      });
    const stack = error instanceof Error ? error.stack : String(error);
    run.logger.error("A prompt cannot be made", { prompt: name, stack });
    throw new ProtocolError(RPC.internalError, "The prompt cannot be made", { prompt: name });
  }
}
