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
 * `{ ...record, ...entries }` at a cost that does not grow with the record, because the result shares unchanged entries.
 * The result reads like a plain object with the same order of keys and cannot be changed. Do not change a plain record
 * after passing it in: it is read only once.
 */
export function withEntries<Value>(record: Values<Value>, entries: Values<Value>): Values<Value> {
  const before = versionOf(record);
  const after = Object.entries(entries).reduce(withEntry<Value>, before);
  return after === before ? record : recordOf(after);
}

/** Returns the record without these keys. Costs as little as `withEntries`. */
export function withoutKeys<Value>(record: Values<Value>, keys: readonly string[]): Values<Value> {
  const { trie, nextOrder } = versionOf(record);
  const rest = keys.reduce(remove<Value>, trie);
  return rest === trie ? record : recordOf({ trie: rest, nextOrder });
}

/** Turns one record into another: remove the keys in `gone`, then set the entries in `now`. New keys come last. */
export interface Changes<Value> {
  readonly gone: readonly string[];
  readonly now: readonly (readonly [string, Value])[];
}

/** Skips the parts that both records share. Returns keys in the order of `after`, except numeric ones. */
export function changesBetween<Value>(before: Values<Value>, after: Values<Value>): Changes<Value> {
  const [old, current] = [versionOf(before), versionOf(after)];
  const [left, right] = differences(old.trie, current.trie);
  const places = new Map(left.map(({ key, order }) => [key, order]));
  // Records with different histories number their keys differently, so a new key may belong between existing ones.
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
  /** Greater than the order of every key, so a new key comes last. */
  readonly nextOrder: number;
}

/** A shared record returns its version under this key. Only this module knows the key. */
const VERSION = Symbol("version");
interface Shared<Value> {
  readonly [VERSION]?: Version<Value>;
}

const ofPlainRecords = new WeakMap<object, Version<unknown>>();

/** Converts a plain record, such as one from a snapshot, on its first use and remembers the result. */
function versionOf<Value>(record: Values<Value>): Version<Value> {
  // Both casts hold because a version is stored only with the record that holds its values.
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

/** Makes a trie readable as a plain object, including the properties that plain objects inherit. */
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
  // Plain objects list numeric keys first.
  return keys.some((key) => /^\d+$/.test(key))
    ? Object.keys(Object.fromEntries(keys.map((key) => [key, null])))
    : keys;
}

const byOrder = (left: Entry<unknown>, right: Entry<unknown>): number => left.order - right.order;
