import { expect, it } from "vitest";
import { z } from "zod";
import * as core from "../src/index.ts";

function bite(): never {
  throw new RangeError("bitten");
}

const TRAPS = { get: bite, has: bite, ownKeys: bite, getPrototypeOf: bite, getOwnPropertyDescriptor: bite };
const REVOKED = Proxy.revocable({}, {});
REVOKED.revoke();
const CYCLE: unknown[] = [];
CYCLE.push(CYCLE);
const DEEP = Array.from({ length: 100_000 }).reduce<unknown>((inner) => [inner], 1);
/** Values that throw, or never end, when they are looked at. */
const BITING: readonly unknown[] = [REVOKED.proxy, new Proxy({}, TRAPS), new Proxy([], TRAPS), CYCLE, DEEP];
const WRONG: readonly unknown[] = [null, 5, Symbol("s"), 10n, {}, Object.create(null), true, ...BITING];

class Buoy extends core.dataClass(z.object({ colour: z.string() }), { name: "Buoy" }) {}

const CALLS: Record<string, readonly [values: readonly unknown[], call: (wrong: never) => unknown]> = {
  canonicalJson: [[10n, ...BITING], (wrong) => core.canonicalJson(wrong)],
  parseTemplate: [WRONG, (wrong) => core.parseTemplate(wrong)],
  interpolate: [BITING, (wrong) => core.interpolate(wrong, () => null)],
  "interpolate resolve": [WRONG, (wrong) => core.interpolate("{{a}}", wrong)],
  placeholdersIn: [BITING, (wrong) => core.placeholdersIn(wrong)],
  makeDirectory: [WRONG, (wrong) => core.makeDirectory(wrong)],
  "new data class": [WRONG, (wrong) => new Buoy(wrong)],
  "field of a data class": [WRONG, (wrong) => new Buoy({ colour: wrong })],
  "store.get": [WRONG, (wrong) => core.memoryStore().get(wrong)],
  "store.list": [WRONG, (wrong) => core.memoryStore().list(wrong)],
  "store.list limit": [
    WRONG.filter((each) => each !== 5),
    (wrong) => core.memoryStore().list("a/", { limit: wrong }),
  ],
  "tx.put": [WRONG, (wrong) => core.memoryStore().transact((tx) => tx.put(wrong, 1))],
  "tx.delete": [WRONG, (wrong) => core.memoryStore().transact((tx) => tx.delete(wrong))],
};

it.each(Object.entries(CALLS))(
  "%s refuses what is nothing of the kind with one clear error",
  (_, [values, call]) => {
    for (const [at, wrong] of values.entries()) {
      let caught: unknown = null;
      try {
        call(wrong as never);
      } catch (error) {
        caught = error;
      }
      expect(caught, `value ${at}: ${core.errorMessage(caught)}`).toBeInstanceOf(core.OrchestrationError);
      const { code, message, details } = caught as core.OrchestrationError;
      expect(["INVALID_PARAMETERS", "STORAGE_ERROR"]).toContain(code);
      expect(message).not.toMatch(/\[object |Cannot read|is not a function|not iterable/);
      expect(JSON.stringify(details)).toBeTypeOf("string");
    }
  },
);
