import { inspect, isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ownValue } from "../../../src/core/json.ts";
import { changesBetween, withEntries, withoutKeys } from "../../../src/core/shared-record.ts";

type Plain = Readonly<Record<string, number>>;

/** Few enough that they meet again, and those that plain objects and JSON disagree with everybody else about. */
const keys = fc.oneof(
  fc.constantFrom("__proto__", "constructor", "toString", "10", "9", "", "a", "b"),
  fc.nat(60).map((number) => `key_${number}`),
  // These have the same hash.
  fc.constantFrom("costarring", "liquid"),
);
const change = fc.oneof(
  fc.record({ put: fc.array(fc.tuple(keys, fc.nat(3)), { maxLength: 12 }) }),
  fc.record({ take: fc.array(keys, { maxLength: 12 }) }),
);
type Change = { readonly put: readonly (readonly [string, number])[] } | { readonly take: readonly string[] };
const history = fc.record({
  first: fc.array(fc.tuple(keys, fc.nat(3)), { maxLength: 40 }).map((entries) => Object.fromEntries(entries)),
  changes: fc.array(change, { maxLength: 25 }),
});

const plainly = (record: Plain, made: Change): Plain =>
  "put" in made
    ? { ...record, ...Object.fromEntries(made.put) }
    : Object.fromEntries(Object.entries(record).filter(([key]) => !made.take.includes(key)));

const shared = (record: Plain, made: Change): Plain =>
  "put" in made ? withEntries(record, Object.fromEntries(made.put)) : withoutKeys(record, made.take);

/** The record after no change, after one, and so on. */
const versions = (first: Plain, changes: readonly Change[], next: (record: Plain, made: Change) => Plain) =>
  changes.reduce<Plain[]>((all, made) => [...all, next(all.at(-1) ?? first, made)], [first]);

test("every version of a shared record reads like the plain record, whatever came after it", () => {
  fc.assert(
    fc.property(history, ({ first, changes }) => {
      const expected = versions(first, changes, plainly);
      for (const [index, record] of versions(first, changes, shared).entries()) {
        const plain = expected[index] ?? {};
        expect(record).toStrictEqual(plain);
        expect(isDeepStrictEqual(record, plain)).toBe(true);
        expect(JSON.stringify(record)).toBe(JSON.stringify(plain));
        expect(Object.entries({ ...record })).toEqual(Object.entries(plain));
        for (const key of ["__proto__", "constructor", "10", "key_7", "liquid"]) {
          expect(ownValue(record, key)).toBe(ownValue(plain, key));
          expect(key in record).toBe(key in plain);
        }
      }
    }),
    { numRuns: 300 },
  );
});

const withoutNumbers = (entries: Iterable<readonly [string, number]>) =>
  [...entries].filter(([key]) => !/^\d+$/.test(key));

test("the changes between any two versions turn one into the other, including the order, across histories too", () => {
  const two = fc.tuple(history, history, fc.nat(25), fc.nat(25), fc.boolean());
  fc.assert(
    fc.property(two, ([one, other, from, to, isSame]) => {
      const before = versions(one.first, one.changes, shared).at(from % (one.changes.length + 1)) ?? {};
      const origin = isSame ? one : other;
      const last = versions(origin.first, origin.changes, shared);
      const after = last.at(to % last.length) ?? {};
      const { gone, now } = changesBetween(before, after);
      const map = new Map(Object.entries(before));
      for (const key of gone) map.delete(key);
      for (const [key, value] of now) map.set(key, value);
      expect(withoutNumbers(map)).toEqual(withoutNumbers(Object.entries(after)));
      expect(map.size).toBe(Object.keys(after).length);
    }),
    { numRuns: 500 },
  );
});

test("a change without effect returns the same record, and one changed key among many is the only change", () => {
  const many = withEntries<number>(
    {},
    Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, i])),
  );
  expect(withEntries(many, { k1: 1, k4999: 4999 })).toBe(many);
  expect(withoutKeys(many, ["none"])).toBe(many);
  expect(changesBetween(many, withEntries(many, { k17: -1, added: 0 }))).toEqual({
    gone: [],
    now: [
      ["k17", -1],
      ["added", 0],
    ],
  });
  const again = withEntries(withoutKeys(many, ["k3"]), { k3: 3 });
  expect(changesBetween(many, again)).toEqual({ gone: ["k3"], now: [["k3", 3]] });
  expect(Object.keys(again).at(-1)).toBe("k3");
});

test("a shared record cannot be changed", () => {
  const record: Record<string, number> = withEntries({ a: 1 }, { b: 2 });
  expect(() => (record["a"] = 2)).toThrow(TypeError);
  expect(() => delete record["a"]).toThrow(TypeError);
  expect(() => Object.defineProperty(record, "c", { value: 3 })).toThrow(TypeError);
  expect(() => Object.freeze(record)).toThrow(TypeError);
  expect(() => Object.setPrototypeOf(record, null)).toThrow(TypeError);
  expect(record).toStrictEqual({ a: 1, b: 2 });
});

test("records that differ are told apart, and are printed as they are", () => {
  const record = withEntries({ a: 1 }, { b: 2 });
  for (const other of [{ a: 1 }, { a: 1, b: 3 }, { a: 1, b: 2, c: 3 }, withEntries({ a: 1 }, { b: 3 })]) {
    expect(record).not.toEqual(other);
    expect(other).not.toEqual(record);
    expect(isDeepStrictEqual(record, other)).toBe(false);
  }
  expect(inspect(record)).toBe("{ a: 1, b: 2 }");
});
