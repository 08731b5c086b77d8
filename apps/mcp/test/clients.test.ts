import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { StdioClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { describe, inject, it } from "vitest";
import { aBase } from "./base.ts";
import { CLIENTS, expectService, type Way } from "./official-clients.ts";
import { cleanEnvironment } from "./server-process.ts";

const server = (base: string, level: string) => ({
  command: process.execPath,
  args: [inject("program"), "--base-dir", base, "--policy-level", level],
  env: cleanEnvironment(),
  stderr: "pipe" as const,
});

describe.each(Object.entries(CLIENTS))("the client %s", (_, connect) => {
  it("lists the tools, runs a workflow, and is told what went wrong", async () => {
    const base = aBase();
    const way: Way = {
      current: () => new StdioClientTransport(server(base, "author")),
      before: () => new OldTransport(server(base, "author")),
    };
    await expectService(await connect(way));
  });
});
