import { expect, it } from "vitest";
import { bindingOf } from "./bind-address.ts";

it.each([undefined, "localhost"])("is this machine by both of its protocols for %s", (host) => {
  expect(bindingOf(host, false)).toEqual({
    addresses: ["127.0.0.1", "::1"],
    hostnames: ["localhost", "127.0.0.1", "[::1]"],
  });
});

it.each(["127.0.0.1", "127.8.9.10", "::1"])("is %s alone where that is named", (host) => {
  expect(bindingOf(host, false).addresses).toEqual([host]);
});

it.each([
  ["192.0.2.7", "192.0.2.7"],
  ["2001:DB8:0::7", "[2001:db8::7]"],
])("takes a word more for %s, which others reach, and is asked by its name", (host, name) => {
  const refused = expect.objectContaining({
    code: "CONFIG_INVALID",
    message: expect.stringContaining("reach"),
  });
  expect(() => bindingOf(host, false)).toThrowError(refused);
  const { addresses, hostnames } = bindingOf(host, true);
  expect([addresses, hostnames.at(-1)]).toEqual([[host], name]);
});

it.each(["0.0.0.0", "::", "0::0", "example.org", "", "localhost.", "[::1]"])("is never %j", (host) => {
  expect(() => bindingOf(host, true)).toThrowError(expect.objectContaining({ code: "CONFIG_INVALID" }));
});
