import { isJsonObject, type Json } from "../core/json.ts";
import { type Filter, FilterError, MAX_TEXT_CHARACTERS } from "./filter.ts";
import { asNumber, asText, calculate, compare, isList, isTrue, memberOf, type Value } from "./value.ts";
import { VALUE_TESTS } from "./value-tests.ts";

/** Filters for lists. A missing value counts as an empty list, a text as a list of its characters. */
export const LIST_FILTERS: readonly (readonly [string, Filter])[] = [
  ["length", { parameters: [], apply: lengthOf }],
  ["first", { parameters: [], apply: (value) => items(value)[0] }],
  ["last", { parameters: [], apply: (value) => items(value).at(-1) }],
  ["join", { parameters: ["separator", "attribute"], apply: join }],
  ["list", { parameters: [], apply: (value) => (isJsonObject(value) ? entries(value) : items(value)) }],
  ["reverse", { parameters: [], apply: reverse }],
  ["sort", { parameters: ["reverse", "case_sensitive", "attribute"], apply: sort }],
  ["dictsort", { parameters: ["case_sensitive", "by"], apply: dictSort }],
  ["sum", { parameters: ["attribute", "start"], apply: sum }],
  ["batch", { parameters: ["size", "fill"], apply: batch }],
  ["slice", { parameters: ["slices", "fill"], apply: slice }],
  ["groupby", { parameters: ["attribute"], apply: groupBy }],
  ["select", { parameters: ["test", "argument"], apply: (value, args) => selectItems(value, args, true) }],
  ["reject", { parameters: ["test", "argument"], apply: (value, args) => selectItems(value, args, false) }],
  [
    "selectattr",
    {
      parameters: ["attribute"],
      apply: (value, [key]) => items(value).filter((item) => isTrue(attribute(item, key))),
    },
  ],
  [
    "rejectattr",
    {
      parameters: ["attribute"],
      apply: (value, [key]) => items(value).filter((item) => !isTrue(attribute(item, key))),
    },
  ],
];

function lengthOf(value: Value): Value {
  return isJsonObject(value) ? Object.keys(value).length : items(value).length;
}

/** The items to iterate; a number, a boolean or an object has none. */
export function items(value: Value): readonly Json[] {
  if (isList(value)) return value;
  return typeof value === "string" ? Array.from(value) : [];
}

const entries = (object: { readonly [key: string]: Json }): Json[] =>
  Object.entries(object).map(([key, value]) => ({ key, value }));

/** A member by its dotted path, as in `sort(attribute="owner.name")`. */
const attribute = (item: Json, path: Value): Value =>
  path === undefined
    ? item
    : asText(path)
        .split(".")
        .reduce<Value>((target, key) => memberOf(target, key), item);

function join(value: Value, [separator, path]: readonly Value[]): Value {
  const texts = items(value).map((item) => asText(attribute(item, path)));
  const glue = asText(separator);
  const length = texts.reduce((sum, text) => sum + text.length + glue.length, 0);
  if (length > MAX_TEXT_CHARACTERS) throw new FilterError("the result would be too long");
  return texts.join(glue);
}

function reverse(value: Value): Value {
  if (typeof value === "string") return Array.from(value).toReversed().join("");
  return items(value).toReversed();
}

function sort(value: Value, [reversed, caseSensitive, path]: readonly Value[]): Value {
  const sortKey = (item: Json) => foldCase(attribute(item, path), isTrue(caseSensitive));
  const sorted = [...items(value)].sort((left, right) => order(sortKey(left), sortKey(right)));
  return isTrue(reversed) ? sorted.toReversed() : sorted;
}

const foldCase = (value: Value, caseSensitive: boolean): Value =>
  typeof value === "string" && !caseSensitive ? value.toLowerCase() : value;

const order = (left: Value, right: Value): number =>
  compare("<", left, right) ? -1 : compare(">", left, right) ? 1 : 0;

function dictSort(value: Value, [caseSensitive, by]: readonly Value[]): Value {
  const pairs: Json[][] = isJsonObject(value)
    ? Object.entries(value).map(([key, member]) => [key, member])
    : [];
  const sortKey = (pair: Json[]) => foldCase(by === "value" ? pair[1] : pair[0], isTrue(caseSensitive));
  return pairs.sort((left, right) => order(sortKey(left), sortKey(right)));
}

function sum(value: Value, [path, start]: readonly Value[]): Value {
  return items(value).reduce<Value>(
    (total, item) => calculate("+", total, attribute(item, path)),
    start ?? 0,
  );
}

function batch(value: Value, [size, fill]: readonly Value[]): Value {
  const width = Math.max(1, Math.floor(asNumber(size)) || 1);
  const list = items(value);
  const rows = Array.from({ length: Math.ceil(list.length / width) }, (_, row) =>
    list.slice(row * width, (row + 1) * width),
  );
  const last = rows.at(-1);
  if (fill === undefined || !last) return rows;
  if (width > MAX_TEXT_CHARACTERS) throw new FilterError("the result would be too long");
  return [...rows.slice(0, -1), [...last, ...Array.from({ length: width - last.length }, () => fill)]];
}

/** Splits a list into `slices` columns; the first ones are longer when it does not divide evenly. */
function slice(value: Value, [slices, fill]: readonly Value[]): Value {
  const list = items(value);
  const columns = Math.min(Math.max(1, Math.floor(asNumber(slices)) || 1), Math.max(list.length, 1));
  const size = Math.floor(list.length / columns);
  const longer = list.length % columns;
  return Array.from({ length: columns }, (_, column) => {
    const start = column * size + Math.min(column, longer);
    const part = list.slice(start, start + size + (column < longer ? 1 : 0));
    return fill !== undefined && longer > 0 && column >= longer ? [...part, fill] : part;
  });
}

function groupBy(value: Value, [path]: readonly Value[]): Value {
  const groups = new Map<string, Json[]>();
  for (const item of items(value)) {
    const key = asText(attribute(item, path));
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return Object.fromEntries(groups);
}

function selectItems(value: Value, [name, argument]: readonly Value[], wanted: boolean): Value {
  const test = VALUE_TESTS.get(asText(name ?? "truthy"));
  if (!test) throw new FilterError(`unknown test \`${asText(name)}\``);
  return items(value).filter((item) => test(item, argument) === wanted);
}
