import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const made = [];

/**
 * A directory that lasts until the end of the benchmark. Removing one earlier would be measured: for a while after
 * many files were deleted, ext4 makes new ones several times slower.
 */
export function makeDirectory() {
  const directory = mkdtempSync(join(tmpdir(), "longhaul-bench-"));
  made.push(directory);
  return directory;
}

process.on("exit", () => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true });
});
