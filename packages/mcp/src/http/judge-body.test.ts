import { expect, it } from "vitest";
import { judgeBody } from "./judge-body.ts";

const codeOf = (text: string) => {
  const verdict = judgeBody(text);
  return verdict.type === "wrong" ? verdict.error.error.code : null;
};
const meta = (value: unknown, rest: object = { id: 1 }) =>
  JSON.stringify({ jsonrpc: "2.0", method: "ping", ...rest, params: { _meta: value } });

it.each([
  ["", -32700],
  [" ", -32700],
  ["{", -32700],
  ["undefined", -32700],
  ["[]", -32600],
  ['[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600],
  ["null", -32600],
  ["1", -32600],
  ["{}", -32600],
  ['{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600],
  ['{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', -32600],
  [meta([]), -32602],
  [meta([], {}), -32602],
])("answers the body %j with %d", (text, code) => expect(codeOf(text)).toBe(code));

it.each([
  '{"jsonrpc":"2.0","id":1,"method":"ping"}',
  '{"jsonrpc":"2.0","method":"notifications/initialized"}',
  '{"jsonrpc":"2.0","id":1,"result":{}}',
  meta({ "io.modelcontextprotocol/protocolVersion": "1999-01-01" }),
])("passes on %s", (text) => expect(judgeBody(text)).toEqual({ type: "message", message: JSON.parse(text) }));
