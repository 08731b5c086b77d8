import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { safeSvg } from "./safe-svg.ts";

const show = (inside: string) => safeSvg(`<svg viewBox="0 0 1 1">${inside}</svg>`, "p1-")?.text ?? null;

describe("safeSvg", () => {
  it("keeps shapes and text, and keeps ids apart", () => {
    expect(
      show(
        '<defs><pattern id="a"/></defs><rect fill="url(#a)" x="1"></rect><text>a &lt;b&gt; &amp; c</text>',
      ),
    ).toBe(
      '<svg viewBox="0 0 1 1"><defs><pattern id="p1-a"/></defs><rect fill="url(#p1-a)" x="1"></rect><text>a &lt;b&gt; &amp; c</text></svg>',
    );
  });

  it("leaves out attributes that change nothing", () => {
    expect(show('<g data-name="x" class="y" opacity="1"></g>')).toBe(
      '<svg viewBox="0 0 1 1"><g opacity="1"></g></svg>',
    );
  });

  it.each([
    "<script>alert(1)</script>",
    "<SCRIPT>alert(1)</SCRIPT>",
    "<style>@import 'x'</style>",
    '<image href="http://x/y.png"/>',
    "<foreignObject></foreignObject>",
    '<a href="javascript:alert(1)"><text>x</text></a>',
    '<g onclick="alert(1)"></g>',
    '<g ONLOAD="alert(1)"></g>',
    '<use xlink:href="#a"/>',
    '<rect fill="url(http://x)"></rect>',
    '<rect style="background:url( http://x)"></rect>',
    '<rect fill="\\75rl(http://x)"></rect>',
    '<rect fill="url(&#35;a)"></rect>',
    "<animate></animate>",
    "<!-- x -->",
    "<![CDATA[<script>]]>",
    "<?xml version='1.0'?>",
    "<g></svg><g>",
    "<g>",
    "</g>",
    "<g x=1></g>",
    "<g x='1'></g>",
    "<g",
  ])("refuses %s", (inside) => {
    expect(show(inside)).toBeNull();
  });

  it.each(["", "text", "<p></p>", "<svg></svg><svg></svg><p></p>", "<svg>"])(
    "refuses %j, which is no picture",
    (source) => {
      expect(safeSvg(source, "p-")).toBeNull();
    },
  );

  it("never lets through a tag or attribute that it does not know", () => {
    const pieces = [
      "<svg>",
      "</svg>",
      "<g>",
      "</g>",
      "<script>",
      "</script>",
      '<g id="a">',
      '<g onload="x">',
      "&lt;",
      "&amp;lt;",
      "<text>",
      "</text>",
      "x",
      "<",
      ">",
      '"',
      "<!--",
      "-->",
      "<rect/>",
      "<img src=x>",
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (parts) => {
        const safe = safeSvg(`<svg>${parts.join("")}</svg>`, "p-")?.text ?? "";
        for (const [tag] of safe.matchAll(/<[^>]*>/g))
          expect(tag).toMatch(/^<\/?(?:svg|g|text|rect)(?: id="p-a")?\/?>$/);
      }),
    );
  });
});
