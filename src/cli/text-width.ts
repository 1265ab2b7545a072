import { stripVTControlCharacters } from "node:util";
import { cellsOf } from "../core/text-cells.ts";
import { harmless } from "./style.ts";

/** Makes one line of at most `columns` cells from any text, and cuts it with an ellipsis. */
export function fit(text: string, columns: number): string {
  const line = text
    .replace(/\p{Cf}/gu, "")
    .replace(/\s/gu, " ")
    .trimEnd();
  const characters = Array.from(harmless(line));
  let width = 0;
  const fitting = characters.findIndex((character) => (width += cellsOf(character)) > columns);
  if (fitting === -1) return characters.join("");
  let kept = characters.slice(0, fitting);
  while (kept.length > 0 && widthOf(kept.join("")) + 1 > columns) kept = kept.slice(0, -1);
  return columns < 1 ? "" : `${kept.join("")}…`;
}

/** Counts the cells of a text without its colours. In doubt it counts too many: a line that is too wide would wrap. */
export const widthOf = (text: string): number =>
  Array.from(stripVTControlCharacters(text)).reduce((sum, character) => sum + cellsOf(character), 0);

/** Returns the width of a stream's terminal, or Infinity without one. */
export const columnsOf = (output: { readonly isTTY?: boolean; readonly columns?: number }): number =>
  output.isTTY === true && (output.columns ?? 0) > 0 ? (output.columns ?? 0) : Infinity;

interface Wrapping {
  readonly columns: number;
  /** Prefix of the lines after the first. */
  readonly indent: string;
}

/** Below this width the terminal wraps lines itself; ours would have one word each. */
const LEAST_COLUMNS = 40;

/**
 * Wraps a line between words, or between characters of scripts without spaces. A word that is too long for any line (a
 * path, a URL) stays whole, so that it can be copied.
 */
export function wrap(line: string, { columns, indent }: Wrapping): readonly string[] {
  if (columns < LEAST_COLUMNS || widthOf(line) <= columns) return [line];
  const lines: string[] = [];
  let current = "";
  for (const piece of line.match(PIECES) ?? []) {
    if (current.trim() !== "" && widthOf(current + piece.trimEnd()) > columns) {
      lines.push(current.trimEnd());
      current = indent;
    }
    current += current === indent && lines.length > 0 ? piece.trimStart() : piece;
  }
  return [...lines, current];
}

/** Words with the spaces after them. Each character of a wide script is a word. */
const PIECES =
  /[\u2E80-\u9FFF\uAC00-\uD7AF\uF900-\uFAFF\uFF00-\uFFEF]|[^\s\u2E80-\u9FFF\uAC00-\uD7AF\uF900-\uFAFF\uFF00-\uFFEF]+\s*|\s+/gu;
