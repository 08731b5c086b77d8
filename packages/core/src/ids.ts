import { systemClock } from "./clock.ts";

declare const brand: unique symbol;
/** A type of its own over a plain one, so that ids of different things cannot be confused. */
export type Brand<Value, Name extends string> = Value & { readonly [brand]: Name };

/** Makes ids: UUIDs of 36 characters. Given to every class that needs one, so that tests can count instead. */
export type IdGenerator = () => string;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
/** The last digit of a counter, and the first one of what RFC 9562 calls the variant. */
const DIGIT = [..."0123456789abcdef"];
const VARIANT = [..."89ab"];
/** For so many ids random bytes are drawn and written out at once: a call to the system costs more than an id. */
const BLOCK = 128;
const BYTES = 8;
/** The time of a UUIDv7 has 48 bits, enough up to the year 10889. */
const TIME_LIMIT = 2 ** 48;
const COUNTER_LIMIT = 2 ** 12;
/** What ids end with: first `-8xxx-`, then the 12 digits behind it, for one id after the other. */
const tails: string[] = [];
let next = 0;
let lastMs = 0;
let counter = 0;
/** The upper 32 bits of `lastMs`, which stay for a minute, and their digits. */
let upper = 0;
let upperDigits = "00000000";
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
  if (next === tails.length) drawTails();
  // Put together from short texts: engines keep a long one that was added to as a tree, which costs more than all of this.
  const middle = `${HEX[counter >> 4]}${DIGIT[counter & 15]}${tails[next]}`;
  const id = `${head}${middle}${tails[next + 1]}`;
  next += 2;
  return id as Id;
}

function begin(ms: number): void {
  lastMs = ms;
  counter = 0;
  const lower = ms % 2 ** 16;
  if ((ms - lower) / 2 ** 16 !== upper) {
    upper = (ms - lower) / 2 ** 16;
    upperDigits = upper.toString(16).padStart(8, "0");
  }
  head = `${upperDigits}-${HEX[lower >> 8]}${HEX[lower & 0xff]}-7`;
}

function drawTails(): void {
  const random = crypto.getRandomValues(new Uint8Array(BLOCK * BYTES));
  for (let at = 0; at < random.length; at += BYTES) {
    const [a, b] = [random[at] ?? 0, random[at + 1] ?? 0];
    let node = "";
    for (let i = at + 2; i < at + BYTES; i++) node += HEX[random[i] ?? 0];
    const tail = (2 * at) / BYTES;
    tails[tail] = `-${VARIANT[a >> 6]}${DIGIT[a & 15]}${HEX[b]}-`;
    tails[tail + 1] = node;
  }
  next = 0;
}

/** A fully random UUIDv4, for handles that must not be guessed: 122 random bits. */
export const newRandomId = <Id extends string = string>(): Id => crypto.randomUUID() as string as Id;
