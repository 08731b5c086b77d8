import fc from "fast-check";
import { expect, it } from "vitest";
import { SchedulerRig } from "../test/scheduler-rig.ts";
import { demandClass } from "./demand-class.ts";
import { HeadHeap } from "./head-heap.ts";

it("gives back what was pushed by level, then in order, with pops in between", () => {
  const rig = new SchedulerRig();
  fc.assert(
    fc.property(
      fc.array(fc.option(fc.record({ level: fc.nat({ max: 4 }), sequence: fc.nat({ max: 99 }) }))),
      (steps) => {
        const heap = new HeadHeap();
        const naive: { level: number; sequence: number }[] = [];
        for (const step of steps) {
          if (step === null) {
            heap.pop();
            naive.shift();
          } else {
            heap.push({
              of: demandClass(0, null),
              task: { ...rig.task(), sequence: step.sequence },
              level: step.level,
            });
            naive.push(step);
            naive.sort((a, b) => a.level - b.level || a.sequence - b.sequence);
          }
          const top = heap.peek();
          expect(top && { level: top.level, sequence: top.task.sequence }).toEqual(naive[0]);
        }
      },
    ),
  );
});
