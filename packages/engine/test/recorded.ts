import { type JsonObject, OrchestrationEngine } from "../src/index.ts";

/** An engine whose module `rec` tells when its actions begin, and lets them end when it is told to. */
export function recordedIn(
  baseDir: string,
  options: ConstructorParameters<typeof OrchestrationEngine>[0] = {},
) {
  const engine = new OrchestrationEngine({ baseDir, persist: false, ...options });
  const began: string[] = [];
  let [running, most] = [0, 0];
  const waiting: { readonly on: () => boolean; readonly done: () => void }[] = [];
  const look = () => {
    for (const each of waiting.filter(({ on }) => on())) {
      waiting.splice(waiting.indexOf(each), 1);
      each.done();
    }
  };
  const gates: (() => void)[] = [];
  engine.modules.register("rec", "slow", async ({ name }, { signal }) => {
    began.push(String(name));
    most = Math.max(most, ++running);
    look();
    try {
      await new Promise<void>((resolve, reject) => {
        gates.push(resolve);
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    } finally {
      running--;
    }
    return name;
  });
  engine.modules.register("rec", "context", (_, { session, sessionId, history }) => ({
    session: session as unknown as JsonObject | null,
    sessionId: sessionId ?? null,
    history: [...history],
  }));
  return {
    engine,
    began,
    most: () => most,
    /** Resolves when so many have begun. */
    whenBegun: (many: number) =>
      new Promise<void>((done) => {
        waiting.push({ on: () => began.length >= many, done });
        look();
      }),
    open: () => {
      for (const gate of gates.splice(0)) gate();
    },
    flow(name: string, steps: number) {
      engine.workflowManager.createWorkflow(
        name,
        Array.from({ length: steps }, (_, index) => ({
          name: `s${index}`,
          module: "rec",
          action: "slow",
          parameters: { name: `${name}/${index}` },
          maxRetries: 0,
        })),
        false,
      );
    },
  };
}
