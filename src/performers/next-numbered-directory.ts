import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * The path of the next numbered directory in `parent`. Counted by what is there, since a step can do the same again under the same
 * number, after a kill or an outage, and what an earlier try printed stays.
 */
export function nextNumberedDirectory(parent: string): string {
  const made = existsSync(parent) ? readdirSync(parent).length : 0;
  return join(parent, String(made + 1).padStart(2, "0"));
}
