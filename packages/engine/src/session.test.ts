import { describe, expect, it } from "vitest";
import { OrchestrationSession } from "./session.ts";

describe("OrchestrationSession", () => {
  it("has its defaults, none of them shared (ENG-01)", () => {
    const [one, other] = [OrchestrationSession.fromDict({}), OrchestrationSession.fromDict({})];
    expect(one).toMatchObject({
      name: "",
      userId: "system",
      mode: "resource_aware",
      maxParallelTasks: 4,
      maxParallelWorkflows: 2,
      timeoutMs: null,
      resourceRequirements: {},
      metadata: {},
      startedAt: null,
      status: "pending",
    });
    expect(one.sessionId).toHaveLength(36);
    expect(one.sessionId).not.toBe(other.sessionId);
    expect(one.metadata).not.toBe(other.metadata);
    expect([one.parameters, one.history]).toEqual([{}, []]);
  });

  it("keeps what it was given, whatever happens to that later", () => {
    const given = { metadata: { a: { b: 1 } }, resourceRequirements: { cpu: { cores: 1 } } };
    const session = new OrchestrationSession(given);
    given.metadata.a.b = 2;
    given.resourceRequirements.cpu.cores = 64;
    expect(session).toMatchObject({
      metadata: { a: { b: 1 } },
      resourceRequirements: { cpu: { cores: 1 } },
    });
  });

  it("is written with 15 keys, and read again as it was (ENG-03)", () => {
    const session = new OrchestrationSession({
      userId: "alice",
      mode: "parallel",
      timeoutMs: 300_000,
      metadata: { env: "test" },
      createdAt: new Date("2026-01-01T00:00:00Z"),
      completedAt: new Date("2026-01-02T00:00:00Z"),
      status: "completed",
    });
    const dict = session.toDict();
    expect(Object.keys(dict)).toEqual([
      "session_id",
      "name",
      "description",
      "user_id",
      "mode",
      "max_parallel_tasks",
      "max_parallel_workflows",
      "timeout_seconds",
      "resource_requirements",
      "metadata",
      "created_at",
      "started_at",
      "updated_at",
      "completed_at",
      "status",
    ]);
    expect(dict).toMatchObject({
      timeout_seconds: 300,
      completed_at: "2026-01-02T00:00:00.000+00:00",
      started_at: null,
    });
    expect(OrchestrationSession.fromDict(dict).toDict()).toEqual(dict);
  });

  it("takes what other versions have written, and refuses an unknown mode", () => {
    expect(
      OrchestrationSession.fromDict({ mode: null, status: "sleeping", created_at: "once" }),
    ).toMatchObject({
      mode: "resource_aware",
      status: "pending",
      createdAt: expect.any(Date),
    });
    expect(OrchestrationSession.fromDict({ mode: "PRIORITY", status: "ACTIVE" })).toMatchObject({
      mode: "priority",
      status: "active",
    });
    expect(() => OrchestrationSession.fromDict({ mode: "turbo" })).toThrow(
      expect.objectContaining({ code: "INVALID_PARAMETERS" }),
    );
  });
});
