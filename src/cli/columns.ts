import { widthOf } from "./text-width.ts";

const GAP = "  ";

/**
 * Rows of cells as lines with aligned columns; the last column is not filled up. Where that is wider than `maxWidth`, a
 * first cell (a name, to be copied whole) that is too long has a line of its own, its other cells below it; rows of one name
 * share that line.
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

/** Where there is not even this much room, every name has a line of its own. */
const LEAST_FIRST = 4;

const padded = (cell: string, width: number): string => cell + " ".repeat(Math.max(0, width - widthOf(cell)));

/** Whether the rows fit as they are. */
export const fitsColumns = (rows: readonly (readonly string[])[], maxWidth: number): boolean =>
  alignColumns(rows).every((line) => widthOf(line) <= maxWidth);
