import { sleep } from "@orch/core";
import { z } from "zod";
import { TaskExecutionError } from "./errors.ts";
import { action, defineModule } from "./module.ts";

/** The built-in module `core`: actions to try things with, and to test. */
export const coreModule = defineModule({
  name: "core",
  actions: {
    echo: action({
      description: "Returns `message` if that key is given, else all parameters.",
      input: z.looseObject({}),
      output: z.unknown(),
      run: (parameters) => (Object.hasOwn(parameters, "message") ? parameters["message"] : parameters),
    }),
    sleep: action({
      description: "Waits for `duration` seconds (or `duration_ms` milliseconds); stops when it is aborted.",
      input: z.object({ duration: z.number().min(0).default(1), duration_ms: z.number().min(0).optional() }),
      output: z.string(),
      async run({ duration, duration_ms }, { signal }) {
        const ms = duration_ms ?? duration * 1000;
        await sleep(ms, { signal });
        return `Slept for ${ms / 1000} seconds`;
      },
    }),
    fail: action({
      description: "Throws, always or on the first `times` attempts; then returns ok.",
      input: z.object({
        message: z.string().default("Simulated task failure for action: fail"),
        times: z.int().min(0).optional(),
      }),
      output: z.string(),
      run({ message, times }, { attempt }) {
        if (times === undefined || attempt <= times) throw new TaskExecutionError(message);
        return "ok";
      },
    }),
  },
});
