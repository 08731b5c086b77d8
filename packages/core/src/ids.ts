import { systemClock } from "./clock.ts";

declare const brand: unique symbol;
/** A type of its own over a plain one, so that ids of different things cannot be confused. */
export type Brand<Value, Name extends string> = Value & { readonly [brand]: Name };

/** Makes ids: UUIDs of 36 characters. Given to every class that needs one, so that tests can count instead. */
export type IdGenerator = () => string;

/** The character codes of the hexadecimal digits. */
const DIGITS = Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
/** The character codes of the last id. */
const codes = Array.from("00000000-0000-7000-8000-000000000000", (character) => character.charCodeAt(0));
/** Where in it the time (its last digit first), the counter, the variant and the random digits behind it are. */
const TIME = [12, 11, 10, 9, 7, 6, 5, 4, 3, 2, 1, 0];
const COUNTER = 15;
const VARIANT = 19;
const NODE = 24;
/** Random bytes are drawn for so many ids at once: a call to the system costs more than an id. */
const BLOCK = 128;
const BYTES = 8;
/** The time of a UUIDv7 has 48 bits, enough up to the year 10889. */
const TIME_LIMIT = 2 ** 48;
const COUNTER_LIMIT = 2 ** 12;
const random = new Uint8Array(BLOCK * BYTES);
let next = random.length;
let lastMs = 0;
let counter = 0;

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
  if (next === random.length) draw();
  codes[COUNTER] = DIGITS[counter >> 8] as number;
  codes[COUNTER + 1] = DIGITS[(counter >> 4) & 15] as number;
  codes[COUNTER + 2] = DIGITS[counter & 15] as number;
  const a = random[next] as number;
  const b = random[next + 1] as number;
  codes[VARIANT] = DIGITS[8 | (a >> 6)] as number;
  codes[VARIANT + 1] = DIGITS[a & 15] as number;
  codes[VARIANT + 2] = DIGITS[b >> 4] as number;
  codes[VARIANT + 3] = DIGITS[b & 15] as number;
  for (let at = 2; at < BYTES; at++) {
    const byte = random[next + at] as number;
    codes[NODE + 2 * at - 4] = DIGITS[byte >> 4] as number;
    codes[NODE + 2 * at - 3] = DIGITS[byte & 15] as number;
  }
  next += BYTES;
  // All at once: engines keep a long text that was added to as a tree, which costs more than all of this.
  return String.fromCharCode(...codes) as Id;
}

function begin(ms: number): void {
  lastMs = ms;
  counter = 0;
  let rest = ms;
  for (const at of TIME) {
    codes[at] = DIGITS[rest % 16] as number;
    rest = Math.floor(rest / 16);
  }
}

function draw(): void {
  crypto.getRandomValues(random);
  next = 0;
}

/** A fully random UUIDv4, for handles that must not be guessed: 122 random bits. */
export const newRandomId = <Id extends string = string>(): Id => crypto.randomUUID() as string as Id;
