import { stripVTControlCharacters } from "node:util";
import { cellsOf } from "../core/text-cells.ts";
import { harmless } from "./style.ts";

/** One line of at most `columns` cells, whatever the text holds; cut with an ellipsis. */
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

/** Cells that a text takes, without its colours: rather counted too wide than too narrow, so that no line wraps. */
export const widthOf = (text: string): number =>
  Array.from(stripVTControlCharacters(text)).reduce((sum, character) => sum + cellsOf(character), 0);

/** How a stream's lines are laid out: as wide as its terminal, or as wide as they are where there is none. */
export const columnsOf = (output: { readonly isTTY?: boolean; readonly columns?: number }): number =>
  output.isTTY === true && (output.columns ?? 0) > 0 ? (output.columns ?? 0) : Infinity;

interface Wrapping {
  readonly columns: number;
  /** What the lines after the first begin with. */
  readonly indent: string;
}

/** A narrower terminal breaks lines by itself, rather than have a word on each. */
const LEAST_COLUMNS = 40;

/**
 * Breaks a line between words, or between characters of scripts without spaces, so that it fits. What is too long for any
 * line (a path, a URL) stays whole, to be copied.
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

/** Words with the spaces behind them; a character of a wide script is a word of its own. */
const PIECES =
  /[\u2E80-\u9FFF\uAC00-\uD7AF\uF900-\uFAFF\uFF00-\uFFEF]|[^\s\u2E80-\u9FFF\uAC00-\uD7AF\uF900-\uFAFF\uFF00-\uFFEF]+\s*|\s+/gu;
