import { join } from "node:path";
import type { ServerContext } from "@modelcontextprotocol/server";
import { expect, it } from "vitest";
import { sandbox } from "../test/sandbox.ts";
import { RequestState } from "./request-state.ts";

const folder = sandbox();
const round = { tool: "t", digest: "d", executionId: "e", inside: "e", step: "s", question: "q" };
const by = (method: string) => ({ mcpReq: { method } }) as ServerContext;
const CALL = by("tools/call");

it("is opened by every process with the key, for the same caller and method alone", async () => {
  const [file, other] = [join(folder(), "mcp-state.key"), join(folder(), "mcp-state.key")];
  const sealed = await new RequestState(file, "a").seal(round, CALL);
  expect(await new RequestState(file, "a").verify(sealed, CALL)).toEqual(round);
  await expect(new RequestState(file, "b").verify(sealed, CALL)).rejects.toThrow();
  await expect(new RequestState(file, "a").verify(sealed, by("prompts/get"))).rejects.toThrow();
  await expect(new RequestState(other, "a").verify(sealed, CALL)).rejects.toThrow();
  await new RequestState(other, "a").seal(round, CALL);
  await expect(new RequestState(other, "a").verify(sealed, CALL)).rejects.toThrow();
});
