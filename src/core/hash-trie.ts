/**
 * A persistent map from strings to values. A change returns a new trie and leaves the old one unchanged. The two share
 * everything except the path to the change, at most seven levels of 32 branches, so the cost does not grow with the trie.
 */
export type HashTrie<Value> = Leaf<Value> | Branch<Value>;

export interface Entry<Value> {
  readonly key: string;
  readonly value: Value;
  /** The key's position among all keys. The trie stores it and does not read it. */
  readonly order: number;
}

interface Leaf<Value> {
  readonly kind: "leaf";
  readonly entries: readonly Entry<Value>[];
}

interface Branch<Value> {
  readonly kind: "branch";
  /** Indexed by the next five bits of the key's hash. */
  readonly children: readonly HashTrie<Value>[];
}

const BRANCH_BITS = 5;
const BRANCHES = 1 << BRANCH_BITS;
const HASH_BITS = 32;
/** Up to this size a linear search is the fastest. */
const LARGEST_LEAF = 8;

export const EMPTY_TRIE: Leaf<never> = { kind: "leaf", entries: [] };

export function find<Value>(trie: HashTrie<Value>, key: string): Entry<Value> | undefined {
  const hash = hashOf(key);
  let node = trie;
  for (let depth = 0; node.kind === "branch"; depth += BRANCH_BITS) node = childOf(node, hash, depth);
  return node.entries.find((entry) => entry.key === key);
}

/** Returns the trie with this entry; it replaces an entry with the same key. */
export const put = <Value>(trie: HashTrie<Value>, entry: Entry<Value>): HashTrie<Value> =>
  putBelow(trie, { entry, hash: hashOf(entry.key), depth: 0 });

interface Put<Value> {
  readonly entry: Entry<Value>;
  readonly hash: number;
  readonly depth: number;
}

function putBelow<Value>(trie: HashTrie<Value>, { entry, hash, depth }: Put<Value>): HashTrie<Value> {
  if (trie.kind === "branch") {
    const child = putBelow(childOf(trie, hash, depth), { entry, hash, depth: depth + BRANCH_BITS });
    return withChild(trie, { child, hash, depth });
  }
  const entries = [...trie.entries.filter(({ key }) => key !== entry.key), entry];
  return entries.length > LARGEST_LEAF && depth < HASH_BITS ? spread(entries, depth) : leafOf(entries);
}

/** Returns the same trie if it does not hold the key. */
export const remove = <Value>(trie: HashTrie<Value>, key: string): HashTrie<Value> =>
  removeBelow(trie, { key, hash: hashOf(key), depth: 0 });

interface Removal {
  readonly key: string;
  readonly hash: number;
  readonly depth: number;
}

function removeBelow<Value>(trie: HashTrie<Value>, { key, hash, depth }: Removal): HashTrie<Value> {
  if (trie.kind === "branch") {
    const before = childOf(trie, hash, depth);
    const child = removeBelow(before, { key, hash, depth: depth + BRANCH_BITS });
    return child === before ? trie : withChild(trie, { child, hash, depth });
  }
  const entries = trie.entries.filter((entry) => entry.key !== key);
  return entries.length === trie.entries.length ? trie : leafOf(entries);
}

/** In no particular order. */
export const entriesOf = <Value>(trie: HashTrie<Value>): readonly Entry<Value>[] =>
  trie.kind === "leaf" ? trie.entries : trie.children.flatMap(entriesOf);

/** Returns the entries that only `left` holds and those that only `right` holds. Skips the parts that both share. */
export function differences<Value>(
  left: HashTrie<Value>,
  right: HashTrie<Value>,
): readonly [readonly Entry<Value>[], readonly Entry<Value>[]] {
  if (left === right) return [[], []];
  if (left.kind === "branch" && right.kind === "branch") {
    const pairs = left.children.map((child, index) =>
      differences(child, right.children[index] ?? EMPTY_TRIE),
    );
    return [pairs.flatMap(([ofLeft]) => ofLeft), pairs.flatMap(([, ofRight]) => ofRight)];
  }
  const [inLeft, inRight] = [new Set(entriesOf(left)), new Set(entriesOf(right))];
  return [
    [...inLeft].filter((entry) => !inRight.has(entry)),
    [...inRight].filter((entry) => !inLeft.has(entry)),
  ];
}

const leafOf = <Value>(entries: readonly Entry<Value>[]): Leaf<Value> => ({ kind: "leaf", entries });

/** Turns a leaf that is too large into a branch. */
function spread<Value>(entries: readonly Entry<Value>[], depth: number): HashTrie<Value> {
  const empty: Branch<Value> = {
    kind: "branch",
    children: Array.from({ length: BRANCHES }, () => EMPTY_TRIE),
  };
  return entries.reduce<HashTrie<Value>>(
    (trie, entry) => putBelow(trie, { entry, hash: hashOf(entry.key), depth }),
    empty,
  );
}

const branchAt = (hash: number, depth: number): number => (hash >>> depth) & (BRANCHES - 1);

const childOf = <Value>({ children }: Branch<Value>, hash: number, depth: number): HashTrie<Value> =>
  children[branchAt(hash, depth)] ?? EMPTY_TRIE;

interface Child<Value> {
  readonly child: HashTrie<Value>;
  readonly hash: number;
  readonly depth: number;
}

const withChild = <Value>(
  { children }: Branch<Value>,
  { child, hash, depth }: Child<Value>,
): Branch<Value> => ({ kind: "branch", children: children.with(branchAt(hash, depth), child) });

/** FNV-1a of the key's UTF-16 units. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return hash;
}
