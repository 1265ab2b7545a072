import { type Filter, FilterError, MAX_TEXT_CHARACTERS } from "./filter.ts";
import { asNumber, asText, isTrue, type Value } from "./value.ts";

/** Filters for text; any other value counts as its printed form. */
export const TEXT_FILTERS: readonly (readonly [string, Filter])[] = [
  ["lower", onText((text) => text.toLowerCase())],
  ["upper", onText((text) => text.toUpperCase())],
  ["capitalize", onText(capitalize)],
  ["title", onText((text) => text.split(" ").map(capitalize).join(" "))],
  ["trim", onText((text) => text.trim())],
  ["string", onText((text) => text)],
  ["safe", onText((text) => text)],
  ["escape", onText(escapeHtml)],
  ["urlencode", onText((text) => encodeURIComponent(text.replace(/\p{Surrogate}/gu, "\ufffd")))],
  ["wordcount", onText((text) => text.match(/\w+/g)?.length ?? 0)],
  ["indent", { parameters: ["width", "first"], apply: indent }],
  ["center", { parameters: ["width"], apply: center }],
  ["truncate", { parameters: ["length", "killwords", "end"], apply: truncate }],
  ["replace", { parameters: ["old", "new", "count"], apply: replace }],
];

function onText(change: (text: string) => Value): Filter {
  return { parameters: [], apply: (value) => change(asText(value)) };
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1).toLowerCase();
}

const HTML_ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => HTML_ESCAPES[character] ?? character);
}

function indent(value: Value, [width, first]: readonly Value[]): Value {
  const lines = asText(value).split("\n");
  const margin = " ".repeat(affordable(asNumber(width ?? 4), lines.length));
  return lines.map((line, index) => (index === 0 && !isTrue(first) ? line : margin + line)).join("\n");
}

function center(value: Value, [width]: readonly Value[]): Value {
  const text = asText(value);
  const blanks = affordable(asNumber(width ?? 80), 1) - text.length;
  if (blanks <= 0) return text;
  const left = Math.floor(blanks / 2);
  return " ".repeat(left) + text + " ".repeat(blanks - left);
}

function truncate(value: Value, [length, killWords, end]: readonly Value[]): Value {
  const text = asText(value);
  const limit = asNumber(length ?? 255);
  if (text.length <= limit) return text;
  const lastBlank = text.lastIndexOf(" ", limit);
  const cut = isTrue(killWords) || lastBlank === -1 ? limit : lastBlank;
  return text.slice(0, cut) + asText(end ?? "...");
}

function replace(value: Value, [oldValue, newValue, count]: readonly Value[]): Value {
  const text = asText(value);
  const old = asText(oldValue);
  const replacement = asText(newValue);
  // As in Nunjucks, an empty text matches before, between and after all characters.
  const parts = old === "" ? ["", ...Array.from(text), ""] : text.split(old);
  const times = Math.min(parts.length - 1, count === undefined ? parts.length : asNumber(count));
  affordable(replacement.length, times);
  const rest = parts.slice(times).join(old);
  return [...parts.slice(0, times), rest].join(replacement);
}

/** Returns the size if `times` of it stay within the limit; called before memory is allocated. */
function affordable(size: number, times: number): number {
  if (!(size >= 0 && size * times <= MAX_TEXT_CHARACTERS))
    throw new FilterError("the result would be too long");
  return Math.floor(size);
}
