/** The middle of a list of numbers. */
export function median(values) {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)];
}

/** A Markdown table. `columns`: heading, and what of a row stands under it. */
export function table(columns, rows) {
  const head = columns.map(([heading]) => heading);
  const body = rows.map((row) => columns.map(([, cell]) => cell(row)));
  const lines = [head, head.map(() => "---"), ...body].map((cells) => `| ${cells.join(" | ")} |`);
  return `${lines.join("\n")}\n`;
}

/** A number with so many decimals; a dash where nothing was measured. */
export const number = (value, decimals) => (value === null ? "-" : value.toFixed(decimals));
