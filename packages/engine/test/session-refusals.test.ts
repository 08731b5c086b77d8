import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OrchestrationEngine, Task } from "../src/index.ts";
import { recordedIn } from "./recorded.ts";

let baseDir: string;
beforeEach(() => {
  baseDir = mkdtempSync(join(tmpdir(), "orch-sessions-"));
});
afterEach(() => rmSync(baseDir, { recursive: true, force: true }));

describe("a session", () => {
  it("is as it was after a task that was refused", async () => {
    await using engine = new OrchestrationEngine({ baseDir });
    engine.resourceManager.addResource({ id: "seat", type: "custom", capacity: { units: 2 } });
    const sessionId = engine.createSession("alice", {
      timeoutMs: 60_000,
      resourceRequirements: { seat: 2 },
    });
    const before = engine.getSession(sessionId)?.toDict();
    await engine.executeTask({ module: "core", action: "echo", id: "taken" });
    const refused = [
      [{ module: "core", action: "echo", sessionId, id: "" }, "INVALID_PARAMETERS"],
      [{ module: "core", action: "echo", sessionId, id: "taken" }, "INVALID_PARAMETERS"],
      [
        { module: "core", action: "echo", sessionId, parameters: { a: "x".repeat(2 ** 21) } },
        "LIMIT_EXCEEDED",
      ],
    ] as const;
    for (const [task, code] of refused)
      expect(() => engine.submitTask(task)).toThrow(expect.objectContaining({ code }));
    const session = engine.getSession(sessionId);
    expect(session?.toDict()).toEqual(before);
    expect(session?.parameters).toEqual({});
    expect(engine.resourceManager.getUserAllocations(sessionId)).toEqual([]);
    await using other = new OrchestrationEngine({ baseDir });
    expect(other.getSession(sessionId)?.toDict()).toEqual(before);
    engine.submitTask({ module: "core", action: "echo", sessionId });
    expect(engine.getSession(sessionId)?.status).toBe("active");
    const begun = engine.getSession(sessionId)?.toDict();
    expect(() => engine.submitTask(refused[1][0])).toThrow();
    expect(engine.getSession(sessionId)?.toDict()).toEqual(begun);
  });

  it("is made for a single task that has none, and its action sees it as steps do", async () => {
    await using engine = recordedIn(baseDir).engine;
    const task = new Task({ module: "rec", action: "context" });
    const { result } = await engine.executeTask(task);
    const seen = result?.["data"] as { readonly session: unknown; readonly sessionId: unknown };
    expect(seen).toEqual({
      session: { sessionId: expect.any(String), userId: "system", mode: "resource_aware", metadata: {} },
      sessionId: expect.any(String),
      history: [],
    });
    expect(engine.listSessions({ includeClosed: true })).toEqual([]);
    expect([task.sessionId, (await engine.executeTask(task)).result]).toEqual([undefined, result]);
  });
});
