import { ManualClock } from "@orch/core/testing";
import { describe, expect, it } from "vitest";
import { ProcessRunner } from "../src/process-runner.ts";
import { CANCEL_GRACE_MS } from "../src/worker-runner.ts";
import { aForgery } from "./attempt.ts";
import { aFolder, childrenIn } from "./left.ts";
import { isRunning } from "./processes.ts";

describe.runIf(process.platform === "linux")(
  "a program in a session of its own, without anything of the environment",
  () => {
    it.each([
      ...["exit0", "exit1", "throwing", "rejecting", "hangingUp"],
      ...["returning", "withoutHandlers", "inHandler"],
    ])("is ended with the process that started it: %s", async (how) => {
      const folder = aFolder();
      await new ProcessRunner().run(await aForgery("leaveBy", { how, folder }));
      const children = await childrenIn(folder);
      expect(children.filter(isRunning)).toEqual([]);
    });

    it.each(["exitAtAbort", "deafToSigterm", "neverEnding"])(
      "is ended when the process that started it is told to stop: %s",
      async (how) => {
        const folder = aFolder();
        const clock = new ManualClock();
        const controller = new AbortController();
        const context = { signal: controller.signal };
        const ended = new ProcessRunner({ clock }).run(await aForgery("leaveBy", { how, folder }, context));
        const children = await childrenIn(folder);
        controller.abort(Object.assign(new Error("enough"), { code: "CANCELLED" }));
        if (how === "neverEnding") clock.advance(CANCEL_GRACE_MS);
        expect(await ended).toMatchObject({ ok: false, failure: { code: "CANCELLED" } });
        expect(children.filter(isRunning)).toEqual([]);
      },
    );
  },
);
