import { join } from "node:path";
import { writeWholeFile } from "../shared/write-file.ts";
import type { Chart } from "./chart.ts";

/**
 * Writes the chart where `outputPath` says: to that file when it ends in .svg, else into that directory under a name made
 * from the title. Returns the absolute path, or null without an `outputPath`.
 */
export async function saveChart(
  chart: Chart,
  outputPath: string | null | undefined,
): Promise<Chart & { svg_path: string | null }> {
  if (!outputPath) return { ...chart, svg_path: null };
  const path = outputPath.toLowerCase().endsWith(".svg")
    ? outputPath
    : join(outputPath, `${fileNameOf(chart.title)}.svg`);
  return { ...chart, svg_path: await writeWholeFile(path, `${chart.svg}\n`) };
}

const fileNameOf = (title: string): string =>
  title
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60) || "chart";
