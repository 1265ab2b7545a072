import { isJsonObject, type Json } from "../core/json.ts";
import { LARGEST_INLINE_BYTES, type BlobStore } from "./blobs.ts";

/**
 * On disk a large value is `{"$blob": sha256, "bytes": n}`. Only the places listed here are replaced; the rest of an
 * event is never touched. A user's own object with a `$blob` key is stored as `{"$blob": null, "value": ...}` there.
 * `*` stands for every key or list index.
 */
export type ValuePlaces = readonly (readonly string[])[];

export const EVENT_VALUES: ValuePlaces = [
  ["outputs", "*"],
  ["set", "*"],
  ["context", "*"],
  ["params", "*"],
  ["restored", "context", "*"],
  ["prompt"],
  ["task", "prompt"],
  ["task", "args", "*"],
  ["command", "args", "*"],
  ["branch", "value"],
];

export const STATE_VALUES: ValuePlaces = [
  ["context", "*"],
  ["params", "*"],
  ["open", "task", "prompt"],
  ["open", "task", "args", "*"],
  ["open", "command", "args", "*"],
  ["open", "phase", "outputs", "*"],
];

/** The JSON text of a record, with its large values moved to the blob store. */
export function stringifyWithBlobs(record: object, places: ValuePlaces, blobs: BlobStore): string {
  return storeLargeValues({ text: JSON.stringify(record), record, places, blobs });
}

/** The same for a record whose JSON text is already known. */
export function storeLargeValues({ text, record, places, blobs }: StoreLargeValues): string {
  if (!mayHoldLargeValue(text) && !text.includes('"$blob"')) return text;
  let hasStored = false;
  const stored = replaceAt(record, places, (value) => {
    const inPlace = storeValue(value, blobs);
    hasStored ||= inPlace !== value;
    return inPlace;
  });
  // A long text is mostly many small values. Testing each for a change is cheaper than making the text again.
  return hasStored ? JSON.stringify(stored) : text;
}

interface StoreLargeValues {
  readonly text: string;
  readonly record: object;
  readonly places: ValuePlaces;
  readonly blobs: BlobStore;
}

/** Parses a record and puts its large values back. Throws `DamagedBlob`, `SyntaxError`. */
export function parseWithBlobs(text: string, places: ValuePlaces, blobs: BlobStore): unknown {
  const record: unknown = JSON.parse(text);
  return text.includes('"$blob"') ? restoreValues(record, places, blobs) : record;
}

/** Puts the large values of a record back. Throws `DamagedBlob`. */
export const restoreValues = (record: unknown, places: ValuePlaces, blobs: BlobStore): unknown =>
  replaceAt(record, places, (value) => restoreValue(value, blobs));

/** What is written to disk in place of a value. */
export function storeValue(value: unknown, blobs: BlobStore): unknown {
  const text = JSON.stringify(value);
  if (text === undefined) return value;
  const sizeBytes = mayHoldLargeValue(text) ? Buffer.byteLength(text, "utf8") : 0;
  if (sizeBytes > LARGEST_INLINE_BYTES) return { $blob: blobs.put(text), bytes: sizeBytes };
  return hasBlobKey(value) ? { $blob: null, value } : value;
}

function restoreValue(stored: unknown, blobs: BlobStore): unknown {
  if (!hasBlobKey(stored)) return stored;
  return typeof stored.$blob === "string" ? blobs.get(stored.$blob) : stored["value"];
}

const hasBlobKey = (value: unknown): value is { readonly $blob: unknown; readonly value?: Json } =>
  isJsonObject(value) && Object.hasOwn(value, "$blob");

/** One UTF-16 unit of a JavaScript string takes at most three bytes of UTF-8. */
const mayHoldLargeValue = (text: string): boolean => text.length * 3 > LARGEST_INLINE_BYTES;

type Replace = (value: unknown) => unknown;

function replaceAt(record: unknown, places: ValuePlaces, replace: Replace): unknown {
  return places.reduce((current, place) => replaceAtPlace(current, place, replace), record);
}

function replaceAtPlace(value: unknown, [key, ...rest]: readonly string[], replace: Replace): unknown {
  if (key === undefined) return replace(value);
  if (typeof value !== "object" || value === null) return value;
  const descend = (inner: unknown) => replaceAtPlace(inner, rest, replace);
  if (key === "*") {
    if (Array.isArray(value)) return value.map(descend);
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, descend(inner)]));
  }
  if (!Object.hasOwn(value, key)) return value;
  return { ...value, [key]: descend((value as Record<string, unknown>)[key]) }; // it has this key, checked above
}
