import type { TemplatePosition } from "./template-error.ts";

/** Tags that `end` plus their name closes. */
const BLOCKS = new Set(["if", "for", "macro", "call", "filter", "switch", "set"]);
/** A comment, a range of raw text, or the start of a tag with its rest. */
const PARTS = /\{#[\s\S]*?#\}|\{%[-+]?\s*raw\b[\s\S]*?endraw\s*[-+]?%\}|\{%[-+]?\s*(\w+)([\s\S]*?)%\}/g;

interface OpenTag {
  readonly name: string;
  readonly index: number;
}

/**
 * Why the tags of a template do not pair up, with the position of the tag at fault; undefined when they do. Used for texts
 * that the parser rejected: for an open tag it only reports that the text has ended.
 */
export function unpairedTag(text: string): (TemplatePosition & { readonly message: string }) | undefined {
  const open: OpenTag[] = [];
  for (const { 1: name, 2: rest = "", index } of text.matchAll(PARTS)) {
    if (name === undefined || (name === "set" && rest.includes("="))) continue;
    if (BLOCKS.has(name)) open.push({ name, index });
    const closes = name.startsWith("end") ? name.slice("end".length) : undefined;
    if (closes === undefined || !BLOCKS.has(closes)) continue;
    const last = open.pop();
    if (last === undefined) return { message: `\`{% ${name} %}\` closes nothing`, ...placeOf(text, index) };
    if (last.name !== closes) return notClosed(text, last);
  }
  const last = open.at(-1);
  return last === undefined ? undefined : notClosed(text, last);
}

const notClosed = (text: string, { name, index }: OpenTag) => ({
  message: `\`{% ${name} %}\` is not closed: \`{% end${name} %}\` is missing`,
  ...placeOf(text, index),
});

function placeOf(text: string, index: number): TemplatePosition {
  const before = text.slice(0, index).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}
