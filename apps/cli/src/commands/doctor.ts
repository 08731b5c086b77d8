import { cleanLine, cleanText } from "@orch/core/base";
import { count } from "../count.ts";
import type { Finding } from "../doctor/finding.ts";
import { type LookOptions, look } from "../doctor/look.ts";
import { EXIT } from "../exit-code.ts";
import { paint } from "../paint.ts";
import type { Terminal } from "../terminal.ts";

/** Looks for what is wrong, and says of each finding what to do. Changes nothing. Ends with 1 when there is a problem. */
export async function doctor(options: LookOptions, terminal: Terminal): Promise<number> {
  using _ = terminal.divert((text) => terminal.err(cleanLine(text)));
  const findings = await look(options);
  const problems = findings.filter(({ level }) => level === "problem").length;
  const warnings = findings.filter(({ level }) => level === "warning").length;
  const success = problems === 0;
  if (options.json) {
    terminal.out(JSON.stringify({ type: "result", success, problems, warnings, findings }));
    return success ? EXIT.success : EXIT.failed;
  }
  for (const finding of findings) {
    if (options.quiet && finding.level === "ok") continue;
    terminal.out(`${signOf(finding)} ${paint.dim(finding.about.padEnd(11))}  ${cleanText(finding.message)}`);
    for (const text of finding.suggestions) terminal.out(`  ${paint.dim("Try:")} ${cleanText(text)}`);
  }
  const found = [
    ...(problems > 0 ? [count(problems, "problem")] : []),
    ...(warnings > 0 ? [count(warnings, "warning")] : []),
  ].join(", ");
  terminal.err(found === "" ? "All is well" : found);
  return success ? EXIT.success : EXIT.failed;
}

function signOf({ level }: Finding): string {
  if (level === "ok") return paint.good("✔");
  return level === "warning" ? paint.warn("!") : paint.bad("✖");
}
