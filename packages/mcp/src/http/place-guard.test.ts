import fc from "fast-check";
import { expect, it } from "vitest";
import { judgePlace, LOOPBACK_NAMES } from "./place-guard.ts";

const ours = new Set([...LOOPBACK_NAMES, "192.0.2.7"]);
const judge = (headers: Record<string, string>) =>
  judgePlace({ method: "POST", target: "/mcp", headers }, ours)?.status ?? null;

it.each(["localhost", "LOCALHOST:80", "127.0.0.1:7410", "[::1]", "[::1]:7410", "192.0.2.7:1"])(
  "serves the host %s, also as an origin",
  (host) => {
    expect(judge({ host })).toBe(null);
    expect(judge({ host, origin: `http://${host}` })).toBe(null);
    expect(judge({ host, origin: `https://${host}` })).toBe(null);
  },
);

const FOREIGN = [
  "",
  "evil.example",
  "localhost.evil.example",
  "evil-localhost",
  "localhost.",
  "127.0.0.1.evil.example",
  "127.1",
  "0x7f.0.0.1",
  "2130706433",
  "evil.example@localhost",
  "localhost@evil.example",
  "localhost/evil.example",
  "localhost:80:80",
  "localhost:port",
  "[::1].evil.example",
  "[::ffff:127.0.0.1]",
  "localhost, evil.example",
  "localhost evil.example",
  "lоcalhost",
];
it.each(FOREIGN)("refuses the host %j", (host) => expect(judge({ host })).toBe(403));

it("refuses a request without a host", () => expect(judge({})).toBe(403));

it.each([
  ...FOREIGN.map((name) => `http://${name}`),
  "null",
  "localhost",
  "file://",
  "file://localhost",
  "http://localhost/",
  "http://localhost#",
  "moz-extension://localhost",
  "http://user@localhost",
])("refuses the origin %j", (origin) => expect(judge({ host: "localhost", origin })).toBe(403));

it("serves no text that is not exactly one of its names with or without a port", () => {
  const name = fc.constantFrom(...ours);
  const around = fc.string({ minLength: 1, maxLength: 4 });
  const shifted = fc.oneof(
    fc.tuple(around, name).map(([before, host]) => before + host),
    fc.tuple(name, around).map(([host, after]) => host + after),
    fc.string(),
  );
  fc.assert(
    fc.property(shifted, (text) => {
      const [, bare = text] = /^(.*?)(?::\d{1,5})?$/s.exec(text) ?? [];
      const isOurs = ours.has(bare.toLowerCase());
      const isHost = judge({ host: text }) === null;
      const isOrigin = judge({ host: "localhost", origin: `http://${text}` }) === null;
      return isHost === isOurs && isOrigin === isOurs;
    }),
  );
});
