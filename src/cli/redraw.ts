import { widthOf } from "./text-width.ts";

const UP = (lines: number) => `\u001B[${lines}A`;
const CLEAR_REST = "\u001B[K";
const CLEAR_BELOW = "\u001B[J";

/** A stream as far as it matters for drawing on it. */
export interface Output {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/** Where something is to be drawn. */
export interface DrawingPlace {
  readonly output: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Drawing in place needs a terminal that moves its cursor; whoever wants plain text says so with NO_COLOR. */
export const canRedraw = ({ output, environment }: DrawingPlace): boolean =>
  output.isTTY === true && environment["TERM"] !== "dumb" && !environment["NO_COLOR"];

const FALLBACK_SIZE = { columns: 80, rows: 24 };

/** The size of a terminal, also where nobody set one: it tells 0 then. */
export const sizeOf = ({ columns, rows }: Output): { readonly columns: number; readonly rows: number } => ({
  columns: columns || FALLBACK_SIZE.columns,
  rows: rows || FALLBACK_SIZE.rows,
});

/** Goes back to where the lines begin that were drawn last; a terminal made narrower since has broken them. */
export function eraseLines(drawn: readonly string[], columns: number): string {
  const rows = drawn.reduce((sum, line) => sum + rowsOf(line, columns), 0);
  return rows === 0 ? "" : `\r${UP(rows)}${CLEAR_BELOW}`;
}

/**
 * Writes the lines over those that were drawn last. Nothing is cleared before it is written: it does not flicker, and a
 * terminal that keeps what is cleared from its top keeps no old pictures.
 */
export function redrawLines(drawn: readonly string[], lines: readonly string[], columns: number): string {
  const rows = drawn.reduce((sum, line) => sum + rowsOf(line, columns), 0);
  const written = lines.map((line) => `${line}${fillsRow(line, columns) ? "" : CLEAR_REST}\n`);
  return `${rows === 0 ? "" : `\r${UP(rows)}`}${written.join("")}${CLEAR_BELOW}`;
}

/** Behind the last column a terminal would clear that column itself. */
const fillsRow = (line: string, columns: number): boolean => line !== "" && widthOf(line) % columns === 0;

/** The lines that fit above each other on a terminal with room for `rows` rows: what scrolls away cannot be drawn again. */
export function fittingLines(lines: readonly string[], rows: number, columns: number): readonly string[] {
  let used = 0;
  const tooMany = lines.findIndex((line) => (used += rowsOf(line, columns)) > rows);
  return tooMany === -1 ? lines : lines.slice(0, tooMany);
}

const rowsOf = (line: string, columns: number): number => Math.max(1, Math.ceil(widthOf(line) / columns));
