/** Bytes with JSON escapes undone, however often they were applied, and the origin of each byte. */
export interface UnescapedView {
  readonly bytes: Buffer;
  /** Where the byte at `index` begins in the original, its backslashes included. */
  originalStart(index: number): number;
  /** Where the byte before `index` ends in the original. */
  originalEnd(index: number): number;
}

const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const CODE_DIGITS = 4;
/** What a byte means after a backslash; 0 for those without a special meaning. */
const MEANINGS = new Uint8Array(256);
for (const [mark, meaning] of ["n\n", "r\r", "t\t", "b\b", "f\f", '""', "//"])
  MEANINGS[mark?.charCodeAt(0) ?? 0] = meaning?.charCodeAt(0) ?? 0;

/**
 * Drops backslashes and decodes `\n`, `\u0041` and the like. Apply it to the search pattern too: two texts that differ
 * only in escaping have the same view.
 */
export function unescapedView(original: Buffer): UnescapedView {
  const view = Buffer.allocUnsafe(original.length); // the view is never longer
  const length = undoEscapes(original, view, undefined);
  let stretches: Stretches | undefined;
  // Positions are needed only where a secret was found, so hardly ever. Noting them always is several times as slow.
  const noted = () => {
    if (stretches !== undefined) return stretches;
    stretches = { viewStarts: [], starts: [], ends: [] };
    undoEscapes(original, view, stretches);
    return stretches;
  };
  return {
    bytes: view.subarray(0, length),
    originalStart: (index) => locate(noted(), index).start,
    originalEnd: (index) => locate(noted(), index - 1).end,
  };
}

/** Backslashes, a code without its last digits, or the first half of a surrogate pair. */
const OPEN_ESCAPE = /(?:\\+u[dD][89abAB][0-9a-fA-F]{2})?(?:\\+(?:u005[cC]\\*)*(?:u[0-9a-fA-F]{0,3})?)?$/;
/** How much of an escape that may continue in the next chunk is kept back at most. */
const MAX_OPEN_ESCAPE_BYTES = 256;

/** Where an escape begins that the end of the bytes may have cut off, or their length. */
export function openEscape(bytes: Buffer): number {
  const from = Math.max(0, bytes.length - MAX_OPEN_ESCAPE_BYTES);
  const found = OPEN_ESCAPE.exec(bytes.toString("latin1", from));
  return found === null ? bytes.length : from + found.index;
}

export const hasEscapes = (bytes: Buffer): boolean => bytes.includes(BACKSLASH);

/** Writes the view and returns its length. */
function undoEscapes(original: Buffer, view: Buffer, stretches: Stretches | undefined): number {
  let length = 0;
  let isCopying = false;
  for (let at = 0; at < original.length;) {
    const byte = original[at] ?? 0;
    if (byte !== BACKSLASH) {
      if (!isCopying && stretches !== undefined) addStretch(stretches, length, at, COPIED);
      isCopying = true;
      view[length++] = byte;
      at += 1;
      continue;
    }
    isCopying = false;
    const marked = afterBackslashes(original, at);
    const meaning = MEANINGS[original[marked] ?? 0] ?? 0;
    const end = meaning === 0 ? afterCode(original, marked) : marked + 1;
    if (end > marked && stretches !== undefined) addStretch(stretches, length, at, end);
    if (meaning !== 0) view[length++] = meaning;
    else if (end > marked) length += view.write(charactersOf(original, marked, end), length);
    at = end;
  }
  return length;
}

/** The position after all backslashes, including those written as a code. */
function afterBackslashes(bytes: Buffer, start: number): number {
  for (let at = start; ;) {
    if (bytes[at] === BACKSLASH) at += 1;
    else if (at > start && codeUnitAt(bytes, at) === BACKSLASH) at += 1 + CODE_DIGITS;
    else return at;
  }
}

/** The position after a `u0041`, or after both codes of a surrogate pair; `at` when none begins there. */
function afterCode(bytes: Buffer, at: number): number {
  const unit = codeUnitAt(bytes, at);
  if (unit < 0) return at;
  const end = at + 1 + CODE_DIGITS;
  const next = isHighSurrogate(unit) ? afterBackslashes(bytes, end) : end;
  return next > end && codeUnitAt(bytes, next) >= 0 ? next + 1 + CODE_DIGITS : end;
}

function charactersOf(bytes: Buffer, at: number, end: number): string {
  const first = codeUnitAt(bytes, at);
  const isOne = end === at + 1 + CODE_DIGITS;
  return isOne
    ? String.fromCharCode(first)
    : String.fromCharCode(first, codeUnitAt(bytes, end - 1 - CODE_DIGITS));
}

/** The code unit that `u0041` names; -1 when the text there is not such a code. */
function codeUnitAt(bytes: Buffer, at: number): number {
  if (bytes[at] !== LETTER_U) return -1;
  let unit = 0;
  for (let digit = 1; digit <= CODE_DIGITS; digit += 1) {
    const value = Number.parseInt(String.fromCharCode(bytes[at + digit] ?? 0), 16);
    if (Number.isNaN(value)) return -1;
    unit = unit * 16 + value;
  }
  return unit;
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;

/** Ranges of a view in order: each is copied, or the result of one escape. */
interface Stretches {
  readonly viewStarts: number[];
  readonly starts: number[];
  /** Where an escape ends in the original; COPIED for all other ranges. */
  readonly ends: number[];
}
const COPIED = -1;

function addStretch(stretches: Stretches, viewStart: number, start: number, end: number): void {
  stretches.viewStarts.push(viewStart);
  stretches.starts.push(start);
  stretches.ends.push(end);
}

/** Where the byte of the view comes from in the original. */
function locate({ viewStarts, starts, ends }: Stretches, index: number): { start: number; end: number } {
  let low = 0;
  let high = viewStarts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((viewStarts[middle] ?? 0) <= index) low = middle;
    else high = middle - 1;
  }
  const start = starts[low] ?? 0;
  const end = ends[low] ?? COPIED;
  const copied = start + index - (viewStarts[low] ?? 0);
  return end === COPIED ? { start: copied, end: copied + 1 } : { start, end };
}
