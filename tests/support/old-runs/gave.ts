/** What the old version gave, from the file beside the run: `<name>.gave`, one JSON object with an entry for each look. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { misses, textsIn } from "./misses.ts";
import { OLD_RUNS, type OldRun } from "./old-run.ts";

/**
 * All that the old version gave at a look and this one does not, by its place. With LONGHAUL_OLD_RUNS_PUBLISH=1 it notes what
 * this one gives: only at the commit whose format is to be kept.
 * @throws Error when nothing is known of such a look.
 */
export function lostSince(old: OldRun, look: string, given: unknown): readonly string[] {
  const now = shortened(given);
  const file = join(OLD_RUNS, `${old.name}.gave`);
  const gave = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>) : {};
  if (process.env["LONGHAUL_OLD_RUNS_PUBLISH"] === "1") {
    gave[look] = now;
    writeFileSync(file, asText(gave));
  }
  if (!(look in gave)) throw new Error(`${file} does not say what ${look} gave.`);
  return misses(gave[look], now, recordedTexts(old)).map((miss) => `${look} of ${old.name}: ${miss}`);
}

/** A line for each look. */
function asText(gave: Readonly<Record<string, unknown>>): string {
  const looks = Object.keys(gave).toSorted();
  return `{\n${looks.map((look) => `${JSON.stringify(look)}: ${JSON.stringify(gave[look])}`).join(",\n")}\n}\n`;
}

const LONGEST_TEXT = 2000;

/** Long texts by their checksums. */
function shortened(value: unknown): unknown {
  if (typeof value === "string" && value.length > LONGEST_TEXT)
    return `${value.length}-characters-${createHash("sha256").update(value).digest("hex")}`;
  if (Array.isArray(value)) return value.map(shortened);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shortened(item)]));
}

/** Every text of the journal: what a command says of those is the run's, not its own. */
function recordedTexts(old: OldRun): ReadonlySet<string> {
  const journal = old.entries.find((entry) => entry.path === `runs/${old.run}/journal.jsonl`);
  const lines = journal?.kind === "file" ? journal.text.split("\n") : [];
  return new Set(lines.filter((line) => line.endsWith("}")).flatMap((line) => textsIn(JSON.parse(line))));
}
