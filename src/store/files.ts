import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { FileKind, FileSystem, OpenFile, OpenMode } from "./file-system.ts";
import { makeDirectories } from "./make-directory.ts";
import { errorCode, reportStorageFailures } from "./storage-failure.ts";

const FLAGS = { read: "r", append: "a", create: "wx", replace: "w", change: "r+" } as const;

/** The plain operations of node:fs. */
export const nodeFileSystem: FileSystem = {
  open: openFile,
  rename: renameSync,
  makeDirectory: makeDirectories,
  remove: (path) => rmSync(path, { recursive: true, force: true }),
  symlink: (target, path) => symlinkSync(target, path),
  list: (directory) => readdirSync(directory),
  kind: kindOf,
  exists: existsSync,
};

/** The default: node:fs, with the disk's refusals reported as `StorageFailure`. */
export const systemFiles: FileSystem = reportStorageFailures(nodeFileSystem);

function openFile(path: string, mode: OpenMode): OpenFile {
  const descriptor = openSync(path, FLAGS[mode]);
  return {
    path,
    stat: () => {
      const stat = fstatSync(descriptor);
      return { sizeBytes: stat.size, links: stat.nlink };
    },
    read: (into, position) => readSync(descriptor, into, 0, into.length, position),
    write: (bytes) => writeSync(descriptor, bytes),
    truncate: (sizeBytes) => ftruncateSync(descriptor, sizeBytes),
    sync: () => fsyncSync(descriptor),
    syncData: async () => {
      fdatasyncSync(descriptor);
      await giveTurn();
    },
    syncLargeData: () =>
      new Promise((resolve, reject) => {
        fdatasync(descriptor, (error) => (error ? reject(error) : resolve()));
      }),
    close: () => closeSync(descriptor),
  };
}

const LONGEST_STRETCH_MS = 10;
let lastTurnMs = 0;

/** A series of quick steps never waits otherwise, so a signal that asks it to stop would not be seen. */
async function giveTurn(): Promise<void> {
  const nowMs = performance.now();
  if (nowMs - lastTurnMs < LONGEST_STRETCH_MS) return;
  await nextTurn();
  lastTurnMs = nowMs;
}

function kindOf(path: string): FileKind {
  try {
    const stat = lstatSync(path);
    if (stat.isSymbolicLink()) return "symlink";
    if (stat.isDirectory()) return "directory";
    return stat.isFile() ? "file" : "other";
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return "missing";
    throw error;
  }
}

/** Makes the entries of a directory durable: new names, renames and removals. */
export function syncDirectory(files: FileSystem, directory: string): void {
  const handle = files.open(directory, "read");
  try {
    handle.sync();
  } finally {
    handle.close();
  }
}

/** The whole content as text; undefined when the file does not exist. Only for files known to be small. */
export function readText(files: FileSystem, path: string): string | undefined {
  const bytes = readBytes(files, path);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString("utf8");
}

/** The whole content; undefined when the file does not exist. */
export function readBytes(files: FileSystem, path: string): Uint8Array | undefined {
  let handle: OpenFile;
  try {
    handle = files.open(path, "read");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    return readUpTo(handle, { position: 0, sizeBytes: handle.stat().sizeBytes });
  } finally {
    handle.close();
  }
}

/** The bytes of a range; fewer when the file ends earlier. */
export function readUpTo(
  handle: OpenFile,
  { position, sizeBytes }: { readonly position: number; readonly sizeBytes: number },
): Uint8Array {
  const buffer = Buffer.allocUnsafe(sizeBytes);
  let filled = 0;
  while (filled < sizeBytes) {
    const count = handle.read(buffer.subarray(filled), position + filled);
    if (count === 0) break;
    filled += count;
  }
  return buffer.subarray(0, filled);
}
