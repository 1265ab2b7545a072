import { existsSync, readFileSync } from "node:fs";

/**
 * The lines of a file that a process may be writing at this moment: a line counts when its end is there, so neither a file
 * just made nor half a line is one.
 */
export const wholeLines = (file: string): readonly string[] =>
  existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
