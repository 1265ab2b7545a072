import { dirname } from "node:path";
import type { FileSystem, OpenFile } from "./file-system.ts";
import { syncDirectory, systemFiles } from "./files.ts";
import { StorageFailure } from "../core/ports.ts";

export interface AtomicFile {
  readonly path: string;
  readonly content: string | Uint8Array;
  /** True: content and name survive a power loss when this returns. */
  readonly durable?: boolean;
  readonly files?: FileSystem;
}

/**
 * Replaces a file in one step: readers see the old content or the new one, never half of it. The
 * temporary name is always the same, so what a kill leaves behind is overwritten by the next write.
 * For one writer at a time per path.
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

/** Writes all bytes, or throws `StorageFailure` when the disk takes only a part of them. */
export function writeAll(file: OpenFile, bytes: Uint8Array): void {
  const written = file.write(bytes);
  if (written === bytes.length) return;
  // A full disk answers a second write with its reason; anything else that is short is one too.
  const rest = bytes.subarray(written);
  if (written > 0 && file.write(rest) === rest.length) return;
  throw new StorageFailure(
    `Cannot use ${file.path}: only ${written} of ${bytes.length} bytes were written.`,
    { wayOut: "Free space there, then start the same command again; the run goes on where it was." },
  );
}

/** Removes what a failed write left, as far as that can be done: the write's own failure is the one to report. */
export function removeLeftover(files: FileSystem, path: string): void {
  try {
    files.remove(path);
  } catch {
    // It bears a name that nothing reads.
  }
}
