import { systemClock } from "./clock.ts";

declare const brand: unique symbol;
/** A type of its own over a plain one, so that ids of different things cannot be confused. */
export type Brand<Value, Name extends string> = Value & { readonly [brand]: Name };

/** Makes ids: UUIDs of 36 characters. Given to every class that needs one, so that tests can count instead. */
export type IdGenerator = () => string;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
// Random bytes are drawn in blocks, since a call to the system costs more than the id.
const BLOCK = 4096;
let pool = new Uint8Array(0);
let next = 0;
let lastMs = 0;
let counter = 0;

/**
 * A new UUIDv7 (RFC 9562): 48 bits of time, then a counter of 12 bits that keeps ids of one process in order within a
 * millisecond (method 3 of §6.2 would lose that order), then 62 random bits. Ids sort by their time.
 */
export function newId<Id extends string = string>(nowMs: number = systemClock.now()): Id {
  if (nowMs > lastMs) {
    lastMs = nowMs;
    counter = 0;
  } else if (++counter > 0xfff) {
    // More than 4,096 ids in a millisecond (or a clock set back): run ahead of it rather than repeat.
    lastMs++;
    counter = 0;
  }
  if (next + 8 > pool.length) {
    pool = crypto.getRandomValues(new Uint8Array(BLOCK));
    next = 0;
  }
  const time = lastMs.toString(16).padStart(12, "0");
  const variant = 0x80 | (byteAt(next) & 0x3f);
  const head = `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, "0")}`;
  let tail = "";
  for (let i = 2; i < 8; i++) tail += hex(byteAt(next + i));
  const id = `${head}-${hex(variant)}${hex(byteAt(next + 1))}-${tail}`;
  next += 8;
  return id as Id;
}

const byteAt = (index: number): number => pool[index] ?? 0;
const hex = (byte: number): string => HEX[byte] ?? "00";

/** A fully random UUIDv4, for handles that must not be guessed: 122 random bits. */
export const newRandomId = <Id extends string = string>(): Id => crypto.randomUUID() as string as Id;
