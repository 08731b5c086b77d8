import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import type { SkipReason } from "./tally.ts";

/** The text of a file, or why it has none to count. */
export type Source =
  | { readonly ok: true; readonly text: string; readonly bytes: number }
  | { readonly ok: false; readonly reason: SkipReason; readonly detail?: string };

const SNIFFED_BYTES = 8_000;

/**
 * Reads a text file of at most `maxBytes` bytes. UTF-8, or UTF-16 with a byte order mark; bytes that are neither become
 * replacement characters. A zero byte in the first 8,000 makes it binary. Never follows a link, never waits on a pipe.
 */
export function readSource(path: string, maxBytes: number): Source {
  let file: number | null = null;
  try {
    // Without O_NONBLOCK, opening a named pipe that replaced the file since the scan would wait for ever.
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = fstatSync(file);
    if (!stat.isFile()) return { ok: false, reason: "special" };
    if (stat.size > maxBytes) return { ok: false, reason: "oversize", detail: `${stat.size} bytes` };
    return decode(readWhole(file, stat.size, maxBytes));
  } catch (error) {
    return {
      ok: false,
      reason: "unreadable",
      detail: error instanceof Error ? (codeOf(error) ?? error.message) : String(error),
    };
  } finally {
    if (file !== null) closeSync(file);
  }
}

const codeOf = (error: Error): string | undefined =>
  "code" in error && typeof error.code === "string" ? error.code : undefined;

/** Reads to the end, which a file that grows or shrinks meanwhile may have elsewhere than `size` says. */
function readWhole(file: number, size: number, maxBytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(Math.min(size, maxBytes));
  let at = 0;
  while (at < buffer.length) {
    const read = readSync(file, buffer, at, buffer.length - at, null);
    if (read === 0) break;
    at += read;
  }
  return buffer.subarray(0, at);
}

function decode(buffer: Buffer): Source {
  const bytes = buffer.length;
  const encoding = encodingOf(buffer);
  if (encoding === "utf-8" && buffer.subarray(0, SNIFFED_BYTES).includes(0))
    return { ok: false, reason: "binary" };
  return { ok: true, text: new TextDecoder(encoding).decode(buffer), bytes };
}

function encodingOf(buffer: Buffer): "utf-8" | "utf-16le" | "utf-16be" {
  if (buffer[0] === 0xff && buffer[1] === 0xfe) return "utf-16le";
  return buffer[0] === 0xfe && buffer[1] === 0xff ? "utf-16be" : "utf-8";
}
