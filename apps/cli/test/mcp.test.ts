import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, inject, it } from "vitest";
import { aBase } from "./base.ts";
import { startOrch } from "./orch-process.ts";

it("serves an agent as orch-mcp does: it may look, and is told who can allow more", async () => {
  const steps = [{ name: "hello", module: "core", action: "echo" }];
  const base = aBase({ "greet.json": { name: "greet", steps } });
  const args = [inject("program"), "mcp", "--base-dir", base];
  const child = spawn(process.execPath, args, { env: { PATH: process.env["PATH"], XDG_CONFIG_HOME: base } });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (id: number, method: string, params: object) => {
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    return JSON.parse(String((await lines.next()).value));
  };
  const clientInfo = { name: "test", version: "1" };
  const hello = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
  expect(await ask(1, "initialize", hello)).toMatchObject({
    id: 1,
    result: { serverInfo: { name: "orch" } },
  });
  expect(await ask(2, "tools/call", { name: "list_workflows" })).toMatchObject({
    result: { structuredContent: { data: { workflows: ["greet"] } } },
  });
  expect(
    await ask(3, "tools/call", { name: "execute_workflow", arguments: { name: "greet" } }),
  ).toMatchObject({
    result: { isError: true, structuredContent: { error: { error_code: "PERMISSION_DENIED" } } },
  });
  const ended = once(child, "exit");
  child.stdin.end();
  expect(await ended).toEqual([0, null]);
});

it("listens for many where that is said, and only there", async () => {
  const base = aBase({});
  const orch = startOrch(["mcp", "--http", "--port", "0"], {
    cwd: base,
    env: { ORCH_MCP_TOKEN: "t".repeat(32) },
  });
  const said = JSON.parse(await orch.line(/Serving MCP over HTTP/));
  expect(said).toMatchObject({ token: "ORCH_MCP_TOKEN" });
  expect((await fetch(said.url, { method: "POST" })).status).toBe(401);
  orch.child.kill("SIGTERM");
  expect((await orch.ended).code).toBe(143);
  const { code, stderr } = await startOrch(["mcp", "--port", "0"], { cwd: base }).ended;
  expect([code, stderr]).toEqual([2, expect.stringContaining("go with --http")]);
});
