import { systemClock } from "./clock.ts";

declare const brand: unique symbol;
/** A type of its own over a plain one, so that ids of different things cannot be confused. */
export type Brand<Value, Name extends string> = Value & { readonly [brand]: Name };

/** Makes ids: UUIDs of 36 characters. Given to every class that needs one, so that tests can count instead. */
export type IdGenerator = () => string;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
// Random bytes are drawn in blocks, since a call to the system costs more than the id.
const BLOCK = 4096;
/** The time of a UUIDv7 has 48 bits, enough up to the year 10889. */
const TIME_LIMIT = 2 ** 48;
const COUNTER_LIMIT = 2 ** 12;
let pool = new Uint8Array(0);
let next = 0;
let lastMs = 0;
let counter = 0;
/** What ids of `lastMs` begin with. */
let head = "00000000-0000-7";

/**
 * A new UUIDv7 (RFC 9562): 48 bits of time, a counter of 12 bits that keeps ids of one process in order within a
 * millisecond (§6.2, method 1), 62 random bits. Each id sorts behind every earlier one of this process, also when the
 * clock is set back or `nowMs` is no time at all.
 */
export function newId<Id extends string = string>(nowMs: number = systemClock.now()): Id {
  const ms = Math.floor(nowMs);
  // More than 4,096 ids in a millisecond (or a clock set back): run ahead of it rather than repeat.
  if (ms > lastMs && ms < TIME_LIMIT) begin(ms);
  else if (++counter === COUNTER_LIMIT) begin(lastMs + 1);
  if (next + 8 > pool.length) {
    pool = crypto.getRandomValues(new Uint8Array(BLOCK));
    next = 0;
  }
  // Put together from short texts: engines keep a long one that was added to as a tree, which costs more than all of this.
  let node = "";
  for (let i = 2; i < 8; i++) node += hex(byteAt(next + i));
  const variant = hex(0x80 | (byteAt(next) & 0x3f));
  const middle = `${hex(counter >> 4)}${(counter & 15).toString(16)}-${variant}${hex(byteAt(next + 1))}-`;
  next += 8;
  return (head + middle + node) as Id;
}

function begin(ms: number): void {
  lastMs = ms;
  counter = 0;
  const time = ms.toString(16).padStart(12, "0");
  head = `${time.slice(0, 8)}-${time.slice(8)}-7`;
}

const byteAt = (index: number): number => pool[index] ?? 0;
const hex = (byte: number): string => HEX[byte] ?? "00";

/** A fully random UUIDv4, for handles that must not be guessed: 122 random bits. */
export const newRandomId = <Id extends string = string>(): Id => crypto.randomUUID() as string as Id;
