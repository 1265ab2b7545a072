import { widthOf } from "./text-width.ts";

const UP = (lines: number) => `\u001B[${lines}A`;
const CLEAR_REST = "\u001B[K";
const CLEAR_BELOW = "\u001B[J";

/** The properties of a stream that drawing depends on. */
export interface Output {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/** Where to draw. */
export interface DrawingPlace {
  readonly output: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Redrawing needs a terminal that can move its cursor, and NO_COLOR asks for plain text. */
export const canRedraw = ({ output, environment }: DrawingPlace): boolean =>
  output.isTTY === true && environment["TERM"] !== "dumb" && !environment["NO_COLOR"];

const FALLBACK_SIZE = { columns: 80, rows: 24 };

/** Returns the size of a terminal, with a fallback for a terminal that reports 0. */
export const sizeOf = ({ columns, rows }: Output): { readonly columns: number; readonly rows: number } => ({
  columns: columns || FALLBACK_SIZE.columns,
  rows: rows || FALLBACK_SIZE.rows,
});

/** Erases the lines that were drawn last. Their rows are counted for the current width: a narrower terminal has wrapped them. */
export function eraseLines(drawn: readonly string[], columns: number): string {
  const rows = drawn.reduce((sum, line) => sum + rowsOf(line, columns), 0);
  return rows === 0 ? "" : `\r${UP(rows)}${CLEAR_BELOW}`;
}

/**
 * Writes the lines over those that were drawn last. Clearing them first would flicker, and would fill the scrollback of
 * terminals that keep cleared lines.
 */
export function redrawLines(drawn: readonly string[], lines: readonly string[], columns: number): string {
  const rows = drawn.reduce((sum, line) => sum + rowsOf(line, columns), 0);
  const written = lines.map((line) => `${line}${fillsRow(line, columns) ? "" : CLEAR_REST}\n`);
  return `${rows === 0 ? "" : `\r${UP(rows)}`}${written.join("")}${CLEAR_BELOW}`;
}

/** With the cursor after the last column, CLEAR_REST would clear that column itself. */
const fillsRow = (line: string, columns: number): boolean => line !== "" && widthOf(line) % columns === 0;

/** Returns the first lines that fit into `rows` rows: lines that scroll away cannot be redrawn. */
export function fittingLines(lines: readonly string[], rows: number, columns: number): readonly string[] {
  let used = 0;
  const tooMany = lines.findIndex((line) => (used += rowsOf(line, columns)) > rows);
  return tooMany === -1 ? lines : lines.slice(0, tooMany);
}

const rowsOf = (line: string, columns: number): number => Math.max(1, Math.ceil(widthOf(line) / columns));
