import { ManualClock } from "@orch/core/testing";
import { describe, expect, it } from "vitest";
import { policyOf } from "../policy.ts";
import { BearerTokens } from "./bearer-tokens.ts";
import { HttpGate, MAX_BODY } from "./http-gate.ts";
import { LOOPBACK_NAMES } from "./place-guard.ts";
import type { RequestHead } from "./request-head.ts";

const TOKEN = "t".repeat(32);
const OTHER = "o".repeat(32);
const aGate = (clock = new ManualClock(), limits = policyOf("read").limits) =>
  new HttpGate({ hostnames: LOOPBACK_NAMES, tokens: new BearerTokens([TOKEN, OTHER]), limits, clock });

type Change = Partial<Omit<RequestHead, "headers">> & {
  readonly headers?: Record<string, string | undefined>;
};
const aHead = ({ headers, ...rest }: Change = {}): RequestHead => ({
  method: "POST",
  target: "/mcp",
  ...rest,
  headers: {
    host: "localhost:7410",
    authorization: `Bearer ${TOKEN}`,
    "content-type": "application/json",
    "content-length": "2",
    ...headers,
  },
});

function outcome(gate: HttpGate, change?: Change): number | string {
  const admission = gate.admit(aHead(change));
  if (admission.type === "refused") return admission.refusal.status;
  admission.slot[Symbol.dispose]();
  return admission.caller;
}

/** What can be wrong with a request, in the order in which it is looked at. */
const WRONGS: readonly (readonly [number, string, Change])[] = [
  [403, "a foreign host", { headers: { host: "evil.example" } }],
  [403, "a foreign origin", { headers: { origin: "http://localhost.evil.example" } }],
  [401, "no token", { headers: { authorization: undefined } }],
  [404, "another path", { target: "/mcp/" }],
  [405, "another method", { method: "PUT" }],
  [415, "another kind of body", { headers: { "content-type": "text/plain" } }],
  [413, "a body that is too long", { headers: { "content-length": String(MAX_BODY + 1) } }],
];

it.each(WRONGS)("refuses with %d %s", (status, _, change) => expect(outcome(aGate(), change)).toBe(status));

it("lets in what has nothing wrong, as who comes with the token", () => {
  expect(outcome(aGate())).toBe(new BearerTokens([TOKEN]).callerOf(TOKEN));
  expect(outcome(aGate(), { headers: { "content-length": String(MAX_BODY) } })).toMatch(/^token:/);
  expect(outcome(aGate(), { headers: { "content-type": "Application/JSON; charset=utf-8" } })).toMatch(
    /^token:/,
  );
});

it("tells of several wrongs the one that comes first, so that a stranger learns nothing of the others", () => {
  for (const [at, [status, , first]] of WRONGS.entries())
    for (const [, , second] of WRONGS.slice(at + 1)) {
      // Who has another method has no body.
      const headers = { ...second.headers, ...first.headers };
      expect(outcome(aGate(), { ...second, ...first, headers })).toBe(status);
    }
});

describe("the token", () => {
  it.each([
    ["of somebody else", `Bearer ${"x".repeat(32)}`],
    ["in another scheme", `Basic ${TOKEN}`],
    ["with something behind it", `Bearer ${TOKEN} x`],
    ["that is missing", "Bearer "],
    ["without a scheme", TOKEN],
  ])("%s lets nobody in", (_, authorization) =>
    expect(outcome(aGate(), { headers: { authorization } })).toBe(401),
  );

  it("is never taken from the address", () => {
    const headers = { authorization: undefined };
    expect(outcome(aGate(), { target: `/mcp?access_token=${TOKEN}`, headers })).toBe(401);
  });

  it("is asked for, and a wrong one is called wrong", () => {
    const challenge = (authorization: string | undefined) => {
      const admission = aGate().admit(aHead({ headers: { authorization } }));
      return admission.type === "refused" ? admission.refusal.headers : null;
    };
    expect(challenge(undefined)).toEqual({ "www-authenticate": 'Bearer realm="orch"' });
    expect(challenge("Bearer x")).toEqual({
      "www-authenticate": 'Bearer realm="orch", error="invalid_token"',
    });
  });

  it("may be wrong ten times in a minute, and who has the right one is not held up by that", () => {
    const clock = new ManualClock();
    const gate = aGate(clock);
    const headers = { authorization: "Bearer wrong" };
    for (let n = 0; n < 10; n++) expect(outcome(gate, { headers })).toBe(401);
    const admission = gate.admit(aHead({ headers }));
    expect(admission).toMatchObject({ refusal: { status: 429, headers: { "retry-after": "6" } } });
    expect(outcome(gate)).toMatch(/^token:/);
    clock.advance(6000);
    expect(outcome(gate, { headers })).toBe(401);
    expect(outcome(gate, { headers })).toBe(429);
  });
});

describe("the path", () => {
  it.each(["/", "/MCP", "/mcp?", "/mcp#", "//mcp", "/./mcp", "/mcp%20", "http://localhost/mcp", "*"])(
    "is exact: there is nothing at %s",
    (target) => expect(outcome(aGate(), { target })).toBe(404),
  );
});

describe("the method", () => {
  const session = { "mcp-session-id": "s", "content-type": undefined };
  it.each(["GET", "DELETE"])("%s is there for sessions alone", (method) => {
    expect(outcome(aGate(), { method, headers: { "content-type": undefined } })).toBe(405);
    expect(outcome(aGate(), { method, headers: session })).toMatch(/^token:/);
  });

  it("is told of others which there are", () => {
    const allowed = (headers: Record<string, string | undefined>) => {
      const admission = aGate().admit(aHead({ method: "OPTIONS", headers }));
      return admission.type === "refused" ? admission.refusal.headers?.["allow"] : null;
    };
    expect(allowed({})).toBe("POST");
    expect(allowed(session)).toBe("GET, POST, DELETE");
  });
});

describe("the limits of a caller", () => {
  const limits = { calls_per_second: 1, burst: 3, at_once: 2 };

  it("hold back who asks too often, until it may ask again, and nobody else", () => {
    const clock = new ManualClock();
    const gate = aGate(clock, limits);
    for (let n = 0; n < 3; n++) expect(outcome(gate)).toMatch(/^token:/);
    expect(gate.admit(aHead())).toMatchObject({ refusal: { status: 429, headers: { "retry-after": "1" } } });
    expect(outcome(gate, { headers: { authorization: `Bearer ${OTHER}` } })).toMatch(/^token:/);
    clock.advance(1000);
    expect(outcome(gate)).toMatch(/^token:/);
  });

  it("hold back who has too much open", () => {
    const gate = aGate(new ManualClock(), limits);
    const [first] = [gate.admit(aHead()), gate.admit(aHead())];
    expect(outcome(gate)).toBe(429);
    if (first?.type === "admitted") first.slot[Symbol.dispose]();
    expect(outcome(gate)).toMatch(/^token:/);
  });

  it("count no stream as open that belongs to a session", () => {
    const gate = aGate(new ManualClock(), { ...limits, burst: 100 });
    const headers = { "mcp-session-id": "s" };
    for (let n = 0; n < 10; n++)
      expect(gate.admit(aHead({ method: "GET", headers }))).toMatchObject({ type: "admitted" });
    expect(outcome(gate)).toMatch(/^token:/);
  });

  it("count nothing as open that was refused", () => {
    const gate = aGate(new ManualClock(), { ...limits, burst: 100 });
    for (let n = 0; n < 10; n++)
      expect(outcome(gate, { headers: { "content-type": "text/plain" } })).toBe(415);
    expect(outcome(gate)).toMatch(/^token:/);
  });
});
