import {
  differences,
  EMPTY_TRIE,
  entriesOf,
  type Entry,
  find,
  type HashTrie,
  put,
  remove,
} from "./hash-trie.ts";

type Values<Value> = Readonly<Record<string, Value>>;

/**
 * `{ ...record, ...entries }` at a cost that does not grow with the record, since the two share what did not change.
 * The result reads like a plain object, in the same order of keys, and refuses to be changed. A plain record that was passed
 * in must not be changed afterwards: what it holds is read only once.
 */
export function withEntries<Value>(record: Values<Value>, entries: Values<Value>): Values<Value> {
  const before = versionOf(record);
  const after = Object.entries(entries).reduce(withEntry<Value>, before);
  return after === before ? record : recordOf(after);
}

/** The record without these keys, at the same cost. */
export function withoutKeys<Value>(record: Values<Value>, keys: readonly string[]): Values<Value> {
  const { trie, nextOrder } = versionOf(record);
  const rest = keys.reduce(remove<Value>, trie);
  return rest === trie ? record : recordOf({ trie: rest, nextOrder });
}

/** What turns one record into another: take `gone` out, then put `now` in, each key in its place or behind the others. */
export interface Changes<Value> {
  readonly gone: readonly string[];
  readonly now: readonly (readonly [string, Value])[];
}

/** Skips what the two share. Keys come in the order of `after`, save those that are numbers. */
export function changesBetween<Value>(before: Values<Value>, after: Values<Value>): Changes<Value> {
  const [old, current] = [versionOf(before), versionOf(after)];
  const [left, right] = differences(old.trie, current.trie);
  const places = new Map(left.map(({ key, order }) => [key, order]));
  // Records that were not made of each other number their keys differently, so a new key may belong in between.
  const isInPlaceOrLast = ({ key, order }: Entry<Value>) =>
    order >= old.nextOrder || places.get(key) === order;
  if (!right.every(isInPlaceOrLast)) return { gone: Object.keys(before), now: Object.entries(after) };
  const staying = new Set(right.filter(({ order }) => order < old.nextOrder).map(({ key }) => key));
  return {
    gone: left.filter(({ key }) => !staying.has(key)).map(({ key }) => key),
    now: right.toSorted(byOrder).map(({ key, value }) => [key, value]),
  };
}

interface Version<Value> {
  readonly trie: HashTrie<Value>;
  /** Greater than that of every key, so that a new key comes last. */
  readonly nextOrder: number;
}

/** A shared record tells its version under this key. No other module has it. */
const VERSION = Symbol("version");
interface Shared<Value> {
  readonly [VERSION]?: Version<Value>;
}

const ofPlainRecords = new WeakMap<object, Version<unknown>>();

/** A plain record, such as one from a snapshot, is taken apart the first time only. */
function versionOf<Value>(record: Values<Value>): Version<Value> {
  // Both casts hold because a version is only ever kept with the record that has its values.
  const known =
    (record as Shared<Value>)[VERSION] ?? (ofPlainRecords.get(record) as Version<Value> | undefined);
  if (known !== undefined) return known;
  const empty: Version<Value> = { trie: EMPTY_TRIE, nextOrder: 0 };
  const version = Object.entries(record).reduce(withEntry<Value>, empty);
  ofPlainRecords.set(record, version);
  return version;
}

function withEntry<Value>(version: Version<Value>, [key, value]: readonly [string, Value]): Version<Value> {
  const { trie, nextOrder } = version;
  const known = find(trie, key);
  if (known === undefined)
    return { trie: put(trie, { key, value, order: nextOrder }), nextOrder: nextOrder + 1 };
  return known.value === value ? version : { trie: put(trie, { ...known, value }), nextOrder };
}

const recordOf = <Value>(version: Version<Value>): Values<Value> =>
  new Proxy<Values<Value>>(EMPTY_TARGET, handlerOf(version));

/** What every shared record stands in front of. Node prints a proxy as its target; this has it print the record. */
const EMPTY_TARGET: Readonly<Record<string, never>> = Object.defineProperty(
  {},
  Symbol.for("nodejs.util.inspect.custom"),
  {
    configurable: true,
    value(this: object) {
      return { ...this };
    },
  },
);

const refuse = () => false;

/** Makes a trie readable as a plain object, with what every plain object inherits. */
function handlerOf<Value>(version: Version<Value>): ProxyHandler<Values<Value>> {
  const { trie } = version;
  let keys: string[] | undefined;
  const own = (key: string | symbol) => (typeof key === "string" ? find(trie, key) : undefined);
  return {
    has: (target, key) => own(key) !== undefined || Reflect.has(target, key),
    get: (target, key) => {
      if (key === VERSION) return version;
      const entry = own(key);
      return entry === undefined ? Reflect.get(target, key) : entry.value;
    },
    getOwnPropertyDescriptor: (_, key) => {
      const entry = own(key);
      return entry && { value: entry.value, enumerable: true, configurable: true, writable: false };
    },
    ownKeys: () => (keys ??= orderedKeys(trie)),
    set: refuse,
    defineProperty: refuse,
    deleteProperty: refuse,
    setPrototypeOf: refuse,
    preventExtensions: refuse,
  };
}

function orderedKeys<Value>(trie: HashTrie<Value>): string[] {
  const keys = entriesOf(trie)
    .toSorted(byOrder)
    .map(({ key }) => key);
  // Plain objects put keys that are numbers first.
  return keys.some((key) => /^\d+$/.test(key))
    ? Object.keys(Object.fromEntries(keys.map((key) => [key, null])))
    : keys;
}

const byOrder = (left: Entry<unknown>, right: Entry<unknown>): number => left.order - right.order;
