import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * The path of the next numbered directory in `parent`. The number comes from the existing directories: after a kill or an
 * outage a step repeats the same attempt, and must not overwrite the earlier output.
 */
export function nextNumberedDirectory(parent: string): string {
  const made = existsSync(parent) ? readdirSync(parent).length : 0;
  return join(parent, String(made + 1).padStart(2, "0"));
}
