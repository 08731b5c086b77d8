import { memoryStore, OrchestrationError } from "@orch/core";
import { ManualClock } from "@orch/core/testing";
import type { TaskRuntime } from "@orch/tasks";
import { describe, expect, it } from "vitest";
import type { ExecutionMessage } from "./execution-message.ts";
import { keys } from "./execution-record.ts";
import type { Executions } from "./executions.ts";
import { RequestWatch, storeRequest } from "./request-watch.ts";

describe("RequestWatch", () => {
  it("says what a refusal says, without the name of its class", async () => {
    const clock = new ManualClock();
    const store = memoryStore();
    const warnings: string[] = [];
    const logger = { debug() {}, info() {}, error() {}, warn: (text: string) => void warnings.push(text) };
    const post = (_: unknown, message: ExecutionMessage) => {
      if (message.type === "request") message.refused(new OrchestrationError("It has ended"));
    };
    const runtime = { clock, store, logger, post, error: null } as unknown as TaskRuntime;
    const executions = { size: 1, drainingSize: 0, get: () => ({}) } as unknown as Executions;
    const watch = new RequestWatch(runtime, executions);
    await storeRequest(keys.request("e1", "r1"), { type: "pause" }, runtime);
    watch.look();
    clock.advance(250);
    watch.stop();
    expect(warnings).toEqual(["A request to execution 'e1' is refused: It has ended"]);
  });
});
