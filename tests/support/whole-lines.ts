import { existsSync, readFileSync } from "node:fs";

/**
 * The complete lines of a file that a process may be writing right now. A line without its line feed does not count yet, so
 * a new file has none.
 */
export const wholeLines = (file: string): readonly string[] =>
  existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
