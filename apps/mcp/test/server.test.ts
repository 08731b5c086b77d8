import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { aBase, aFolder, write } from "./base.ts";
import { ServerProcess } from "./server-process.ts";

const run = promisify(execFile);
const start = (...args: string[]) => new ServerProcess(args);

const auditOf = (base: string) =>
  readFileSync(join(base, ".workflows", "audit.log"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

it("says what to do where it is not built", async () => {
  const text = readFileSync(new URL("../bin/orch-mcp.mjs", import.meta.url), "utf8");
  const bin = write(aFolder(), "bin/orch-mcp.mjs", text);
  const failure = await run(process.execPath, [bin]).catch((error) => error);
  expect(failure).toMatchObject({ code: 70, stderr: expect.stringContaining("npm run build") });
});

describe("the server", () => {
  it("freshly installed lets its client look; the rest is denied, written down and not done", async () => {
    const base = aBase();
    const server = await start("--base-dir", base).begin();
    expect(await server.call(1, "list_workflows")).toMatchObject({
      result: {
        isError: false,
        structuredContent: { data: { workflows: ["greet", "leak", "long", "talk"] } },
      },
    });
    expect(existsSync(join(base, ".workflows"))).toBe(false);
    expect(await server.call(2, "execute_workflow", { workflow_name: "greet" })).toMatchObject({
      result: {
        isError: true,
        structuredContent: {
          error: { error_code: "PERMISSION_DENIED", error_details: { level: "read", needed: "run" } },
        },
      },
    });
    expect(await server.call(3, "list_executions")).toMatchObject({
      result: { structuredContent: { data: { executions: [] } } },
    });
    expect((await server.end()).code).toBe(0);
    expect(auditOf(base)).toMatchObject([
      { caller: "stdio", tool: "execute_workflow", outcome: "denied", level: "read" },
    ]);
  });

  it("writes nothing but the protocol to standard output, whatever actions print, and runs them elsewhere", async () => {
    const server = await start("--base-dir", aBase(), "--policy-level", "run").begin();
    const { result } = await server.call(1, "execute_workflow", { workflow_name: "talk" });
    expect(result).toMatchObject({ isError: false });
    expect(result.structuredContent.data.results.say.output.pid).not.toBe(server.child.pid);
    const { stdout, code } = await server.end();
    const lines = stdout.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).id)).toEqual([0, 1]);
    expect(code).toBe(0);
  });

  it("says of a failing step what is wrong, without paths and stacks", async () => {
    const base = aBase();
    const server = await start("--base-dir", base, "--policy-level", "run").begin();
    const { result } = await server.call(1, "execute_workflow", { workflow_name: "leak" });
    expect(result.structuredContent.error.error_message).toContain("cannot read config/modules/work.mjs");
    expect(JSON.stringify(result)).not.toContain(base);
    expect(JSON.stringify(result)).not.toMatch(/\bat [^ ]+ \(|node:internal/);
    await server.end();
  });

  it.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const)("ends with %s in order while a run goes on, which is kept", async (signal, code) => {
    const base = aBase();
    const server = await start("--base-dir", base, "--policy-level", "run").begin();
    const started = await server.call(1, "execute_workflow", { workflow_name: "long", wait: false });
    const { execution_id } = started.result.structuredContent.data;
    server.child.kill(signal);
    expect((await server.ended).code).toBe(code);
    const later = await start("--base-dir", base).begin();
    expect(await later.call(1, "get_execution", { execution_id })).toMatchObject({
      result: { structuredContent: { data: { status: "interrupted" } } },
    });
    await later.end();
  });

  it("ends when nobody reads any more", async () => {
    const server = await start("--base-dir", aBase(), "--policy-level", "run").begin();
    server.child.stdout.destroy();
    for (let id = 1; id < 50; id++) server.write({ id, method: "tools/list" });
    expect((await server.ended).code).toBe(0);
  });

  it("finds the run of a key again after a restart", async () => {
    const base = aBase();
    const once = async () => {
      const server = await start("--base-dir", base, "--policy-level", "run").begin();
      const args = { workflow_name: "greet", idempotency_key: "k" };
      const { result } = await server.call(1, "execute_workflow", args);
      await server.end();
      return result.structuredContent.data.execution_id;
    };
    expect(await once()).toBe(await once());
  });
});

describe("the command line of the server", () => {
  it("has help and a version, and says what it does not understand", async () => {
    expect((await new ServerProcess(["--help"]).end()).stdout).toMatch(/^Usage: orch-mcp/);
    expect(await new ServerProcess(["--version"]).end()).toMatchObject({ code: 0, stdout: "0.0.0\n" });
    expect(await new ServerProcess(["--polcy", "x"]).end()).toMatchObject({ code: 2, stdout: "" });
  });

  it.each([
    ["a level that there is not", ["--policy-level", "root"]],
    ["a policy that is not there", ["--policy", "/no/such/file"]],
    ["a base directory that is not there", ["--base-dir", "/no/such/directory"]],
  ])("serves nothing with %s", async (_, args) => {
    const { code, stdout, stderr } = await new ServerProcess(["--base-dir", aFolder(), ...args]).end();
    expect([code, stdout]).toEqual([2, ""]);
    expect(JSON.parse(stderr.trim())).toMatchObject({ level: "error", error_code: "CONFIG_INVALID" });
  });

  it("takes what is allowed from a policy file outside of the base directory", async () => {
    const [base, home] = [aBase(), aFolder()];
    const policy = write(home, "policy.json", JSON.stringify({ level: "run", workflows: ["greet"] }));
    const server = await new ServerProcess(["--base-dir", base, "--policy", policy]).begin();
    expect(await server.call(1, "execute_workflow", { name: "greet" })).toMatchObject({
      result: { isError: false },
    });
    expect(await server.call(2, "execute_workflow", { name: "talk" })).toMatchObject({
      result: {
        structuredContent: {
          error: { error_code: "PERMISSION_DENIED", error_details: { rule: "workflows" } },
        },
      },
    });
    await server.end();
    expect(auditOf(base).map(({ outcome, rule }) => [outcome, rule])).toEqual([
      ["allowed", "level:run"],
      ["denied", "workflows"],
    ]);
  });
});
