import { dirname } from "node:path";
import type { FileSystem, OpenFile } from "./file-system.ts";
import { syncDirectory, systemFiles } from "./files.ts";
import { StorageFailure } from "../core/ports.ts";

export interface AtomicFile {
  readonly path: string;
  readonly content: string | Uint8Array;
  /** True: content and name survive a power loss once this has returned. */
  readonly durable?: boolean;
  readonly files?: FileSystem;
}

/**
 * Replaces a file in one step: readers see the old content or the new one, never half of it. The temporary name is
 * always the same, so the next write overwrites what a kill leaves behind. At most one writer at a time per path.
 */
export function writeFileAtomic({ path, content, durable = false, files = systemFiles }: AtomicFile): void {
  const temporary = `${path}.tmp`;
  const file = files.open(temporary, "replace");
  try {
    writeAll(file, typeof content === "string" ? Buffer.from(content, "utf8") : content);
    if (durable) file.sync();
  } catch (error) {
    file.close();
    removeLeftover(files, temporary);
    throw error;
  }
  file.close();
  files.rename(temporary, path);
  if (durable) syncDirectory(files, dirname(path));
}

/** Writes all bytes, or throws `StorageFailure` when the disk takes only some of them. */
export function writeAll(file: OpenFile, bytes: Uint8Array): void {
  const written = file.write(bytes);
  if (written === bytes.length) return;
  // On a full disk a second write fails with the reason (ENOSPC). Any other short write is a failure as well.
  const rest = bytes.subarray(written);
  if (written > 0 && file.write(rest) === rest.length) return;
  throw new StorageFailure(
    `Cannot use ${file.path}: only ${written} of ${bytes.length} bytes were written.`,
    { wayOut: "Free space there, then start the same command again; the run goes on where it was." },
  );
}

/** Removes what a failed write left, if it can. It never throws, so the caller reports the write's own failure. */
export function removeLeftover(files: FileSystem, path: string): void {
  try {
    files.remove(path);
  } catch {
    // The leftover is harmless: nothing reads a file of that name.
  }
}
