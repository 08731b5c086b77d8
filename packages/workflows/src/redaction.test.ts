import fc from "fast-check";
import { expect, it } from "vitest";
import { keptFields, keptMessage } from "./log-line.ts";
import { redactionOf } from "./redaction.ts";

it("takes a secret out of a text in whatever form it stands there, and nothing else", () => {
  const secret = 'p"ä?s+w/rd $1';
  const redact = redactionOf([secret, "short"]);
  const bytes = Buffer.from(secret);
  for (const form of [
    secret,
    bytes.toString("base64"),
    bytes.toString("base64url"),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
  ])
    expect(redact(`a ${form} b ${form}`)).toBe("a [redacted] b [redacted]");
  expect(redact("a short word")).toBe("a short word");
});

it("leaves nothing of any secret in any text", () => {
  const secrets = fc.array(fc.string({ minLength: 6, unit: "binary" }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(secrets, fc.string(), fc.string(), (all, before, after) => {
      const redact = redactionOf(all);
      for (const secret of all) {
        // What stands around a secret may make another one together with the mark.
        fc.pre(all.every((each) => !`${before}[redacted]${after}`.includes(each)));
        expect(redact(`${before}${secret}${after}`)).not.toContain(secret);
      }
    }),
  );
});

it("keeps messages clean but for their line breaks, and fields without what their name says is secret", () => {
  const redact = redactionOf(["hunter22"]);
  expect(keptMessage("\u001b[31mred\u001b[0m\u202e\r\n\ttwo\u0007 hunter22\n", redact)).toBe(
    "red\n    two [redacted]",
  );
  const fields = {
    user: "me",
    password: "x",
    api_key: "y",
    tokens: 12,
    token: 3,
    cookies: 2,
    "set-cookie": ["sid=1; HttpOnly"],
    credentials: { user: "me", key: "z" },
    secret: null,
    deep: [{ Authorization: "Bearer z", text: "is hunter22" }, null, true],
    "a\u001b[2Jb": "c",
  };
  expect(keptFields(fields, redact)).toEqual({
    user: "me",
    password: "[redacted]",
    api_key: "[redacted]",
    tokens: 12,
    token: 3,
    cookies: 2,
    "set-cookie": "[redacted]",
    credentials: "[redacted]",
    secret: null,
    deep: [{ Authorization: "[redacted]", text: "is [redacted]" }, null, true],
    ab: "c",
  });
});
