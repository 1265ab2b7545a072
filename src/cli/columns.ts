import { widthOf } from "./text-width.ts";

const GAP = "  ";

/**
 * Formats rows of cells as lines with aligned columns; the last column is not padded. If the lines are wider than `maxWidth`,
 * a first cell that is too long gets its own line, and the other cells follow below: it is a name, which must stay whole to be
 * copied. Consecutive rows with the same name share that line.
 */
export function alignColumns(rows: readonly (readonly string[])[], maxWidth = Infinity): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, widthOf(cell));
    });
  }
  const others = widths.slice(1).reduce((sum, width) => sum + GAP.length + width, 0);
  widths[0] = Math.min(widths[0] ?? 0, Math.max(LEAST_FIRST, maxWidth - others));
  return rows.map((row, number) => {
    const [first = "", ...rest] = row;
    const below = widthOf(first) > (widths[0] ?? 0);
    const isSaid = first === rows[number - 1]?.[0];
    const line = [below ? "" : first, ...rest]
      .map((cell, index) => (index === row.length - 1 ? cell : padded(cell, widths[index] ?? 0)))
      .join(GAP)
      .trimEnd();
    if (!below || isSaid) return line;
    return rest.length === 0 ? first : `${first}\n${line}`;
  });
}

/** Minimum width of the first column; longer names get their own line. */
const LEAST_FIRST = 4;

const padded = (cell: string, width: number): string => cell + " ".repeat(Math.max(0, width - widthOf(cell)));

/** True if the rows fit without shortening. */
export const fitsColumns = (rows: readonly (readonly string[])[], maxWidth: number): boolean =>
  alignColumns(rows).every((line) => widthOf(line) <= maxWidth);
