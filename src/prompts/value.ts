import { isJsonObject, type Json, ownValue } from "../core/json.ts";
import type { ArithmeticOperator, CompareOperator } from "./syntax.ts";

/** The result of an expression: JSON, or undefined when missing. Functions and class instances cannot occur. */
export type Value = Json | undefined;

export const isList = (value: Value): value is readonly Json[] => Array.isArray(value);

/** A value's printed form: text unchanged, nothing for missing and null, objects and lists as JSON. */
export function asText(value: Value): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** An own member of an object, list or text; never an inherited one. */
export function memberOf(target: Value, key: Value): Value {
  if (typeof key !== "string" && typeof key !== "number") return undefined;
  if (typeof target === "string" || isList(target)) {
    if (key === "length") return target.length;
    return /^\d+$/.test(String(key)) ? target[Number(key)] : undefined;
  }
  return isJsonObject(target) ? ownValue(target, String(key)) : undefined;
}

/** Truth as in Nunjucks and JavaScript: empty text, 0, null and missing are false; lists and objects are true. */
export const isTrue = (value: Value): boolean => Boolean(value);

/** Number arithmetic. `+` joins texts when one side is a text, `~` always does. A result that is not a number is null. */
export function calculate(operator: ArithmeticOperator, left: Value, right: Value): Value {
  if (operator === "~" || (operator === "+" && (isTextLike(left) || isTextLike(right))))
    return asText(left) + asText(right);
  const result = calculateNumber(operator, asNumber(left), asNumber(right));
  return Number.isFinite(result) ? result : null;
}

const isTextLike = (value: Value): boolean =>
  typeof value === "string" || (typeof value === "object" && value !== null);

function calculateNumber(operator: Exclude<ArithmeticOperator, "~">, left: number, right: number): number {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return left / right;
    case "//":
      return Math.floor(left / right);
    case "%":
      return left % right;
    case "**":
      return left ** right;
    default:
      return operator satisfies never;
  }
}

/** Missing and null count as 0, a text as the number it spells; anything else is not a number. */
export function asNumber(value: Value): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === "object") return Number.NaN;
  return Number(value);
}

export function compare(operator: CompareOperator, left: Value, right: Value): boolean {
  switch (operator) {
    case "==":
      return isEqual(left, right);
    case "!=":
      return !isEqual(left, right);
    case "===":
      return isSame(left, right);
    case "!==":
      return !isSame(left, right);
    default:
      return isOrdered(operator, left, right);
  }
}

/** `==`: lists and objects by content; a number equals the text that spells it; missing equals null. */
export function isEqual(left: Value, right: Value): boolean {
  if (isSame(left, right)) return true;
  if (isNothing(left) || isNothing(right) || typeof left === "object" || typeof right === "object")
    return false;
  if (typeof left === typeof right) return false;
  return asText(left).trim() !== "" && asText(right).trim() !== "" && Number(left) === Number(right);
}

const isNothing = (value: Value): value is null | undefined => value === undefined || value === null;

function isSame(left: Value, right: Value): boolean {
  if (isNothing(left) || isNothing(right)) return isNothing(left) && isNothing(right);
  if (isList(left)) {
    return (
      isList(right) && left.length === right.length && left.every((item, index) => isSame(item, right[index]))
    );
  }
  if (isJsonObject(left)) {
    const keys = Object.keys(left);
    if (!isJsonObject(right) || keys.length !== Object.keys(right).length) return false;
    return keys.every((key) => Object.hasOwn(right, key) && isSame(left[key], right[key]));
  }
  return left === right;
}

/** Compares two numbers or two texts; false when a side is missing, null, a list or an object. */
function isOrdered(operator: "<" | ">" | "<=" | ">=", left: Value, right: Value): boolean {
  if (isNothing(left) || isNothing(right) || typeof left === "object" || typeof right === "object")
    return false;
  const [first, second] =
    typeof left === "string" && typeof right === "string" ? [left, right] : [Number(left), Number(right)];
  switch (operator) {
    case "<":
      return first < second;
    case ">":
      return first > second;
    case "<=":
      return first <= second;
    case ">=":
      return first >= second;
    default:
      return operator satisfies never;
  }
}

/** `needle in haystack`: an item of a list, a part of a text, a key of an object. */
export function contains(haystack: Value, needle: Value): boolean {
  if (isList(haystack)) return haystack.some((item) => isEqual(item, needle));
  if (typeof haystack === "string") return !isNothing(needle) && haystack.includes(asText(needle));
  return isJsonObject(haystack) && !isNothing(needle) && Object.hasOwn(haystack, asText(needle));
}
