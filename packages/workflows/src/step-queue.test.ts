import fc from "fast-check";
import { expect, it } from "vitest";
import { StepQueue } from "./step-queue.ts";

it("gives the step of the lowest rank, like a list that is sorted each time", () => {
  const operations = fc.array(fc.option(fc.nat(1000)), { maxLength: 200 });
  fc.assert(
    fc.property(operations, (made) => {
      const queue = new StepQueue((node) => -node);
      const list: number[] = [];
      for (const node of made) {
        if (node === null) expect(queue.shift()?.node).toBe(list.sort((a, b) => a - b).pop());
        else if (!list.includes(node)) {
          queue.push({ node, parameters: {}, items: null });
          list.push(node);
        }
      }
      for (const node of list.sort((a, b) => b - a)) expect(queue.shift()?.node).toBe(node);
      expect(queue.shift()).toBeUndefined();
    }),
  );
});
