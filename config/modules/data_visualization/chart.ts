import { z } from "zod";

/** A drawn chart. */
export const chartSchema = z.object({
  /** The picture: it scales with its place, takes the colour of the text around it and loads nothing. */
  svg: z.string(),
  /** Size that it was drawn for, in pixels. */
  width: z.int(),
  height: z.int(),
  title: z.string(),
  /** Numbers that were given. */
  points: z.int(),
  /** Where it was written, absolute; null when no output_path was given. */
  svg_path: z.string().nullable(),
});

/** A chart before it is written anywhere. */
export type Chart = Omit<z.output<typeof chartSchema>, "svg_path">;

/** Width of every chart, in pixels: fits a phone at a size that can be read. */
export const CHART_WIDTH = 440;
/** Letters of the text in charts, in pixels. */
export const FONT_SIZE = 15;

// Control characters, halves of surrogate pairs and non-characters: XML cannot hold them, even escaped.
const NOT_XML = /[^\P{Cc}\s]|\p{Cs}|[\ufffe\uffff]/gu;

// The first half of a character whose second half was cut off.
const LONE_HALF = /[\ud800-\udbff]$/;

/** `text` as one line that a picture can show, cut at `length` characters and never inside of one. */
export function plainText(text: string, length = 40): string {
  const line = text.replace(NOT_XML, "\ufffd").replace(/\s+/g, " ").trim();
  if (line.length <= length) return line;
  return `${line.slice(0, length - 1).replace(LONE_HALF, "")}…`;
}
