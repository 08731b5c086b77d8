import { isObject, type JsonObject, type JsonValue } from "./json.ts";
import type { FileBlobs } from "./sqlite-blobs.ts";
import { pickFields } from "./store.ts";

/** What a record may have in the database, bytes of its JSON: 256 KiB. */
const INLINE_BYTES = 262_144;
/** How the text of a record begins of which a part lies elsewhere. One that begins so by itself is wrapped, too. */
const PREFIX = '{"$blobs":';

/** Where the prefix has its `$`, which hardly any other record has. */
const MARK = 2;

/** A record of which parts lie in blobs. */
interface Wrapped {
  /** Field and name of the blob; a field of null is the whole record. */
  readonly $blobs: readonly (readonly [field: string | null, name: string])[];
  readonly record: JsonValue;
}

/** The text of a record, and the blobs that it names. */
export interface Packed {
  readonly text: string;
  readonly names: readonly string[];
}

/** Whether some of the record with this text lies elsewhere. */
export const isWrapped = (text: string): boolean => text.startsWith(PREFIX);

/** Whether the record with this text names a blob. */
export const namesBlob = (text: string, name: string): boolean =>
  isWrapped(text) && (JSON.parse(text) as Wrapped).$blobs.some(([, each]) => each === name);

/** Whether a record may need {@link pack}: cheap, and almost always false. */
export const isLarge = (text: string): boolean =>
  (text.length > INLINE_BYTES / 3 && Buffer.byteLength(text) > INLINE_BYTES) ||
  (text[MARK] === "$" && isWrapped(text));

/**
 * Takes what is too large out of a record: the fields of an object that are too large each by themselves; of any other
 * record, and of one with many fields of middle size, all of it. The blobs are written when it returns.
 */
export function pack(value: JsonValue, text: string, blobs: FileBlobs): Packed {
  if (Buffer.byteLength(text) <= INLINE_BYTES) return wrap([], text);
  if (isObject(value)) {
    const rest: Record<string, JsonValue> = {};
    const out: [string, string][] = [];
    for (const [field, part] of Object.entries(value as JsonObject)) {
      const partText = JSON.stringify(part);
      const fits = Buffer.byteLength(partText) <= INLINE_BYTES;
      // A place is kept for it, so that the fields stay in their order.
      rest[field] = fits ? part : null;
      if (!fits) out.push([field, partText]);
    }
    const restText = JSON.stringify(rest);
    if (Buffer.byteLength(restText) <= INLINE_BYTES) {
      const named = out.map(([field, partText]) => [field, blobs.write(partText)] as const);
      return wrap(named, restText);
    }
  }
  return wrap([[null, blobs.write(text)]], "null");
}

/** The record of a text, with everything in its place. Throws STORE_CORRUPT when a blob cannot be read. */
export function unpack(text: string, blobs: FileBlobs): JsonValue {
  const value = JSON.parse(text) as JsonValue;
  if (!isWrapped(text)) return value;
  const { $blobs, record } = value as unknown as Wrapped;
  for (const [field, name] of $blobs) {
    const part = JSON.parse(blobs.read(name)) as JsonValue;
    if (field === null) return part;
    (record as Record<string, JsonValue>)[field] = part;
  }
  return record;
}

/** Some fields of the record of a text. A blob is only read where one of them lies in it; throws then as {@link unpack}. */
export function unpackFields(text: string, fields: readonly string[], blobs: FileBlobs): JsonValue {
  if (!isWrapped(text)) return pickFields(JSON.parse(text) as JsonValue, fields);
  const { $blobs, record } = JSON.parse(text) as Wrapped;
  if (!$blobs.some(([field]) => field === null || fields.includes(field))) return pickFields(record, fields);
  return pickFields(unpack(text, blobs), fields);
}

function wrap($blobs: Wrapped["$blobs"], recordText: string): Packed {
  const text = `${PREFIX}${JSON.stringify($blobs)},"record":${recordText}}`;
  return { text, names: $blobs.map(([, name]) => name) };
}
