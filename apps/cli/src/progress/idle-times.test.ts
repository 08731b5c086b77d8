import { describe, expect, it } from "vitest";
import { anEvent } from "../../test/a-view.ts";
import { IdleTimes } from "./idle-times.ts";

describe("IdleTimes", () => {
  it("counts what lies between the last event of one process and the first of the next", () => {
    const idle = new IdleTimes();
    idle.seen(anEvent("workflow_started", "", { at: 1000, resumed: false }));
    idle.seen(anEvent("step_started", "a", { at: 1500, attempt: 1 }));
    idle.seen(anEvent("workflow_started", "", { at: 9500, resumed: true }));
    idle.seen(anEvent("step_completed", "a", { at: 10_000 }));
    idle.seen(anEvent("workflow_started", "", { at: 11_000, resumed: true }));
    expect(idle.between(0, 20_000)).toBe(9000);
    expect(idle.between(2000, 3000)).toBe(1000);
    expect(idle.between(9000, 10_500)).toBe(1000);
    expect(idle.between(9500, 10_000)).toBe(0);
  });
});
