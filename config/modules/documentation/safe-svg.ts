import { escapeHtml, Html } from "./html.ts";

const ELEMENTS = new Set(
  "svg g path rect circle ellipse line polyline polygon text tspan defs clipPath pattern linearGradient radialGradient stop title desc".split(
    " ",
  ),
);
const ATTRIBUTES = new Set(
  [
    "xmlns viewBox width height role color id style transform fill fill-opacity fill-rule stroke stroke-width stroke-opacity",
    "stroke-linecap stroke-linejoin stroke-dasharray stroke-dashoffset stroke-miterlimit opacity clip-path clip-rule pointer-events d x y x1 y1 x2 y2",
    "cx cy r rx ry dx dy points offset stop-color stop-opacity patternUnits patternTransform patternContentUnits gradientUnits",
    "gradientTransform dominant-baseline text-anchor font-size font-family font-weight font-style paint-order visibility xml:space",
  ].flatMap((names) => names.split(" ")),
);
const TAG = /<(\/?)([A-Za-z][\w:]*)((?:\s+[\w:-]+="[^"<>]*")*)\s*(\/?)>/gy;
const ATTRIBUTE = /([\w:-]+)="([^"]*)"/g;
const TEXT = /[^<>]*/y;
// Nothing is loaded: the only references are to ids of the same picture.
const OUTSIDE = /url\((?!#)|@import|expression|javascript:|data:|\\/i;

/**
 * A picture that may stand in a page: only shapes and text, no script, no link, nothing from elsewhere; its ids get
 * `prefix`, so that pictures do not share them. Null when it holds anything else. O(length).
 */
export function safeSvg(svg: string, prefix: string): Html | null {
  const source = svg.trim();
  if (!source.startsWith("<svg") || !source.endsWith("</svg>")) return null;
  const parts: string[] = [];
  const open: string[] = [];
  for (let at = 0; at < source.length; ) {
    TEXT.lastIndex = at;
    const text = TEXT.exec(source)?.[0] ?? "";
    at += text.length;
    parts.push(safeText(text));
    if (at >= source.length) break;
    TAG.lastIndex = at;
    const tag = TAG.exec(source);
    const safe = tag && safeTag(tag, open, prefix);
    if (!tag || safe === null) return null;
    parts.push(safe);
    at += tag[0].length;
  }
  return open.length === 0 ? new Html(parts.join("")) : null;
}

/** Text between tags is escaped already; what it means is escaped again, so that nothing else can stand there. */
function safeText(text: string): string {
  return escapeHtml(text.replace(/&(lt|gt|quot|amp|#39|#x27);/g, (_, name: string) => NAMED[name] ?? ""));
}

const NAMED: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  quot: '"',
  amp: "&",
  "#39": "'",
  "#x27": "'",
};

function safeTag(
  [, close, name = "", attributes = "", selfClose]: RegExpExecArray,
  open: string[],
  prefix: string,
): string | null {
  if (!ELEMENTS.has(name)) return null;
  if (close) return open.pop() === name && attributes === "" ? `</${name}>` : null;
  const kept: string[] = [];
  for (const [, key = "", value = ""] of attributes.matchAll(ATTRIBUTE)) {
    // Left out rather than refused: what these name, such as a version, changes nothing that is seen.
    if (!ATTRIBUTES.has(key)) {
      if (/^on|href|src/i.test(key)) return null;
      continue;
    }
    if (OUTSIDE.test(value)) return null;
    kept.push(
      ` ${key}="${key === "id" ? prefix + safeText(value) : safeText(value).replaceAll("url(#", `url(#${prefix}`)}"`,
    );
  }
  if (!selfClose) open.push(name);
  return `<${name}${kept.join("")}${selfClose ? "/" : ""}>`;
}
