import { isJsonObject } from "../core/json.ts";
import { asNumber, compare, isEqual, isList, isTrue, type Value } from "./value.ts";

/** The tests of `x is ...`, by name. */
export const VALUE_TESTS: ReadonlyMap<string, (value: Value, argument: Value) => boolean> = new Map([
  ["defined", (value) => value !== undefined],
  ["undefined", (value) => value === undefined],
  ["none", (value) => value === null || value === undefined],
  ["null", (value) => value === null || value === undefined],
  ["string", (value) => typeof value === "string"],
  ["number", (value) => typeof value === "number"],
  ["mapping", (value) => isJsonObject(value)],
  ["iterable", (value) => typeof value === "string" || isList(value)],
  ["truthy", isTrue],
  ["falsy", (value) => !isTrue(value)],
  ["even", (value) => asNumber(value) % 2 === 0],
  ["odd", (value) => Math.abs(asNumber(value) % 2) === 1],
  ["divisibleby", (value, argument) => asNumber(value) % asNumber(argument) === 0],
  ["equalto", isEqual],
  ["eq", isEqual],
  ["sameas", (value, argument) => compare("===", value, argument)],
  ["ne", (value, argument) => !isEqual(value, argument)],
  ["gt", (value, argument) => compare(">", value, argument)],
  ["greaterthan", (value, argument) => compare(">", value, argument)],
  ["ge", (value, argument) => compare(">=", value, argument)],
  ["lt", (value, argument) => compare("<", value, argument)],
  ["lessthan", (value, argument) => compare("<", value, argument)],
  ["le", (value, argument) => compare("<=", value, argument)],
  ["lower", (value) => typeof value === "string" && value === value.toLowerCase()],
  ["upper", (value) => typeof value === "string" && value === value.toUpperCase()],
]);
