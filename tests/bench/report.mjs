/** The middle of a list of numbers. */
export function median(values) {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)];
}

/** One line per comparison; a share below 1 is within the goal. */
export function table(rows) {
  const head = ["what", "Longhaul ms", "bare ms", "goal ms", "share of goal", "goal"];
  const body = rows.map(({ what, ownMs, bareMs, allowedMs, share, against }) => [
    what,
    ownMs.toFixed(2),
    bareMs.toFixed(2),
    allowedMs.toFixed(2),
    share.toFixed(2),
    against,
  ]);
  const lines = [head, head.map(() => "---"), ...body].map((cells) => `| ${cells.join(" | ")} |`);
  return `${lines.join("\n")}\n`;
}
