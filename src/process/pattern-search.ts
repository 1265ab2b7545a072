/** A match in a buffer: from `start` up to, not including, `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface PatternSearch {
  /** All ranges covered by patterns. Overlapping matches form one range. */
  findAll(bytes: Buffer): readonly Span[];
  /** Where a pattern may begin that the end of the buffer cuts off, or the buffer's length. */
  findOpenEnd(bytes: Buffer): number;
}

/** The minimum length of a pattern; the search compares this many first bytes of each. */
const WINDOW_BYTES = 8;
const BLOCK_BYTES = 2;
const MAX_SKIP = WINDOW_BYTES - BLOCK_BYTES + 1;

/**
 * Searches many patterns at once (Wu and Manber). It reads two bytes, knows the nearest possible end of any pattern's
 * window that contains them, and skips that far. So it reads about a sixth of ordinary text.
 */
export function createPatternSearch(patterns: readonly Buffer[]): PatternSearch {
  const tooShort = patterns.find((pattern) => pattern.length < WINDOW_BYTES);
  if (tooShort) throw new RangeError(`a pattern needs ${WINDOW_BYTES} bytes, got ${tooShort.length}`);
  const longestFirst = [...patterns].sort((left, right) => right.length - left.length);
  const skips = skipTable(longestFirst);
  const byWindowEnd = groupBy(longestFirst, (pattern) => blockAt(pattern, WINDOW_BYTES - BLOCK_BYTES));
  const byFirstBlock = groupBy(longestFirst, (pattern) => blockAt(pattern, 0));
  const longest = longestFirst[0]?.length ?? 0;
  return {
    findAll: (bytes) => findAll({ bytes, skips, byWindowEnd }),
    findOpenEnd: (bytes) => findOpenEnd({ bytes, longest, byFirstBlock }),
  };
}

type PatternIndex = ReadonlyMap<number, readonly Buffer[]>;

interface SearchInput {
  readonly bytes: Buffer;
  readonly skips: Uint8Array;
  readonly byWindowEnd: PatternIndex;
}

function findAll({ bytes, skips, byWindowEnd }: SearchInput): readonly Span[] {
  const spans: Span[] = [];
  const last = bytes.length - BLOCK_BYTES;
  for (let at = WINDOW_BYTES - BLOCK_BYTES; at <= last;) {
    const block = blockAt(bytes, at);
    const skip = skips[block] ?? MAX_SKIP;
    at += skip === 0 ? 1 : skip;
    if (skip !== 0) continue;
    const start = at - 1 - (WINDOW_BYTES - BLOCK_BYTES);
    const match = byWindowEnd.get(block)?.find((pattern) => standsAt(pattern, bytes, start));
    if (match) addSpan(spans, { start, end: start + match.length });
  }
  return spans;
}

/** Spans arrive in order of their start; one that begins inside the last extends it. */
function addSpan(spans: Span[], span: Span): void {
  const previous = spans.at(-1);
  if (!previous || previous.end <= span.start) spans.push(span);
  else if (previous.end < span.end) spans[spans.length - 1] = { start: previous.start, end: span.end };
}

interface OpenEndInput {
  readonly bytes: Buffer;
  readonly longest: number;
  readonly byFirstBlock: PatternIndex;
}

function findOpenEnd({ bytes, longest, byFirstBlock }: OpenEndInput): number {
  const last = bytes.length - 1;
  for (let start = Math.max(0, bytes.length - longest + 1); start < last; start++) {
    const candidates = byFirstBlock.get(blockAt(bytes, start));
    if (candidates?.some((pattern) => beginsAt(pattern, bytes, start))) return start;
  }
  const firstBytes = [...byFirstBlock.keys()].map((block) => block >> 8);
  return last >= 0 && firstBytes.includes(bytes[last] ?? -1) ? last : bytes.length;
}

/** Whether the buffer ends inside the pattern and matches it up to there. */
function beginsAt(pattern: Buffer, bytes: Buffer, start: number): boolean {
  const rest = bytes.length - start;
  return pattern.length > rest && pattern.compare(bytes, start, bytes.length, 0, rest) === 0;
}

const standsAt = (pattern: Buffer, bytes: Buffer, start: number): boolean =>
  start + pattern.length <= bytes.length && pattern.compare(bytes, start, start + pattern.length) === 0;

const blockAt = (bytes: Buffer, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

/** For each pair of bytes, how far the search may skip; 0 where a pattern's window ends with the pair. */
function skipTable(patterns: readonly Buffer[]): Uint8Array {
  const skips = new Uint8Array(65536).fill(MAX_SKIP);
  for (const pattern of patterns) {
    for (let at = 0; at <= WINDOW_BYTES - BLOCK_BYTES; at++) {
      const block = blockAt(pattern, at);
      skips[block] = Math.min(skips[block] ?? MAX_SKIP, WINDOW_BYTES - BLOCK_BYTES - at);
    }
  }
  return skips;
}

function groupBy(patterns: readonly Buffer[], keyOf: (pattern: Buffer) => number): PatternIndex {
  const groups = new Map<number, Buffer[]>();
  for (const pattern of patterns) {
    const key = keyOf(pattern);
    groups.set(key, [...(groups.get(key) ?? []), pattern]);
  }
  return groups;
}
