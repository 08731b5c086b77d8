import { join, resolve } from "node:path";
import { action, defineModule } from "@orch/tasks";
import { z } from "zod";
import { writeWholeFile } from "../shared/write-file.ts";
import { page } from "./page.ts";
import { reportJson, reportOf } from "./report.ts";
import { reportInputSchema } from "./report-input.ts";

/** Writes what the steps before found as a page for people and a file for programs. */
export default defineModule({
  name: "documentation",
  actions: {
    generate_docs: action({
      description:
        "Writes report.html (one file, no script, nothing loaded) and report.json, or files of another name, from an analysis, its insights and charts, or from whatever the steps before gave.",
      input: reportInputSchema,
      output: z.object({
        /** Absolute paths. */
        report_json: z.string(),
        report_html: z.string(),
        bytes: z.object({ report_json: z.int(), report_html: z.int() }),
        title: z.string(),
        findings: z.int(),
        charts: z.int(),
      }),
      async run(input, context) {
        context.signal.throwIfAborted();
        const report = reportOf(input, context, new Date().toISOString());
        const texts = { json: `${JSON.stringify(reportJson(report), null, 2)}\n`, html: page(report) };
        const folder = resolve(input.output_path);
        const report_json = await writeWholeFile(join(folder, `${input.file_name}.json`), texts.json);
        const report_html = await writeWholeFile(join(folder, `${input.file_name}.html`), texts.html);
        context.logger.info("report written", { report_html, report_json });
        return {
          report_json,
          report_html,
          bytes: { report_json: Buffer.byteLength(texts.json), report_html: Buffer.byteLength(texts.html) },
          title: report.title,
          findings: report.insights?.findings.length ?? 0,
          charts: report.charts.length,
        };
      },
    }),
  },
});
