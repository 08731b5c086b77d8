import { describe, expect, it } from "vitest";
import { TaskOrchestrator } from "./task-orchestrator.ts";

const MIB = 1024 * 1024;
const EMPTY = JSON.stringify({ text: "" }).length;

describe("the parameters of a task", () => {
  it.each(["x", "ü", "\u0000"])("are refused above 1 MiB of JSON, and taken up to it: %j", async (letter) => {
    await using orchestrator = new TaskOrchestrator();
    const each = Buffer.byteLength(JSON.stringify(letter)) - 2;
    const most = letter.repeat(Math.floor((MIB - EMPTY) / each));
    const init = (text: string) => ({ module: "core", action: "echo", parameters: { text } });
    const result = await orchestrator.executeTask(init(most));
    expect(result.data).toEqual({ text: most });
    const over = `${most}${letter.repeat(Math.ceil(EMPTY / each) + 1)}`;
    expect(() => orchestrator.addTask(init(over))).toThrow(
      expect.objectContaining({ code: "LIMIT_EXCEEDED", details: expect.objectContaining({ limit: MIB }) }),
    );
    expect(orchestrator.listTasks()).toHaveLength(1);
  });

  it("may hold larger results of other tasks", async () => {
    await using orchestrator = new TaskOrchestrator();
    const half = "x".repeat(MIB - 100);
    orchestrator.addTask({ id: "a", module: "core", action: "echo", parameters: { message: half } });
    orchestrator.addTask({ id: "b", module: "core", action: "echo", parameters: { message: half } });
    const both = await orchestrator.executeTask({
      module: "core",
      action: "echo",
      dependencies: ["a", "b"],
      parameters: { message: ["${a.result}", "${b.result}"] },
    });
    expect(both.data).toEqual([half, half]);
  });
});
