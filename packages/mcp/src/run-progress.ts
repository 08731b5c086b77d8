import type { ToolContext } from "./tool.ts";

/** Events of a step that ends it. */
const ENDS: ReadonlySet<unknown> = new Set(["step_completed", "step_failed", "step_skipped"]);

/** Tells how far a run is, from its events, until it is disposed of. */
export function tellProgress(
  executionId: string,
  { host, progress }: Pick<ToolContext, "host" | "progress">,
): Disposable {
  let [total, done] = [0, 0];
  const running = new Set<string>();
  const off = host.events.on("*", (told) => {
    const event = told as Readonly<Record<string, unknown>>;
    if (event["execution_id"] !== executionId) return;
    const { type, steps_count: steps, step_name: step } = event;
    if (type === "workflow_started") total = Number(steps);
    if (type === "step_started") running.add(String(step));
    if (!ENDS.has(type)) return;
    running.delete(String(step));
    done++;
    progress({ done, total: Math.max(total, done), text: textOf(done, total, running) });
  });
  return { [Symbol.dispose]: off };
}

const MOST_NAMED = 3;

function textOf(done: number, total: number, running: ReadonlySet<string>): string {
  const named = [...running].slice(0, MOST_NAMED).join(", ");
  const more = running.size > MOST_NAMED ? ` and ${running.size - MOST_NAMED} more` : "";
  return `${done}/${total} steps${named === "" ? "" : `, running: ${named}${more}`}`;
}
