import { StorageFailure } from "../core/ports.ts";
import type { FileSystem, OpenFile } from "./file-system.ts";

/** What a refusing disk reports, and how a person fixes it. */
const REFUSALS: Readonly<Record<string, { readonly what: string; readonly advice: string }>> = {
  ENOSPC: { what: "no space left on the device", advice: "Free space there" },
  EDQUOT: { what: "the disk quota is used up", advice: "Free space there or raise the quota" },
  EFBIG: { what: "the file may not grow further", advice: "Raise the file size limit (ulimit -f)" },
  EIO: { what: "the device reports an input/output error", advice: "Check the disk (dmesg)" },
  EROFS: { what: "the file system is read-only", advice: "Mount it writable again" },
  EMFILE: { what: "this process has too many files open", advice: "Raise the limit (ulimit -n)" },
  ENFILE: { what: "the system has too many files open", advice: "Raise the limit (fs.file-max)" },
  EACCES: { what: "permission denied", advice: "Give this user the directory (chown) or run as its owner" },
  EPERM: {
    what: "operation not permitted",
    advice: "Give this user the directory (chown) or run as its owner",
  },
  EISDIR: { what: "a directory is in place of the file", advice: "Move it away" },
  ENOTDIR: { what: "a file is in place of the directory", advice: "Move it away" },
  ELOOP: { what: "its links lead in a circle", advice: "Remove the link" },
  ENODEV: { what: "the device is gone", advice: "Attach or mount it again" },
  ESTALE: { what: "the network file system lost the file", advice: "Mount it again" },
};

/** The `code` of a system error, else undefined. */
export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;

/** The same file system, which throws refusals (full, read-only, failing, no permission) as `StorageFailure`. */
export function reportStorageFailures(files: FileSystem): FileSystem {
  return {
    open: (path, mode) => reporting(path, () => reportOpenFile(files.open(path, mode))),
    rename: (from, to) => reporting(to, () => files.rename(from, to)),
    makeDirectory: (path) => reporting(path, () => makeDirectory(files, path)),
    remove: (path) => reporting(path, () => files.remove(path)),
    symlink: (target, path) => reporting(path, () => files.symlink(target, path)),
    list: (directory) => reporting(directory, () => files.list(directory)),
    kind: (path) => reporting(path, () => files.kind(path)),
    exists: (path) => files.exists(path),
  };
}

/** `makeDirectory` accepts an existing directory, so EEXIST means that a file is in the way. */
function makeDirectory(files: FileSystem, path: string): void {
  try {
    files.makeDirectory(path);
  } catch (error) {
    throw errorCode(error) === "EEXIST"
      ? Object.assign(new Error(`a file stands at ${path}`, { cause: error }), { code: "ENOTDIR" })
      : error;
  }
}

function reportOpenFile(file: OpenFile): OpenFile {
  const { path } = file;
  return {
    path,
    stat: () => reporting(path, () => file.stat()),
    read: (into, position) => reporting(path, () => file.read(into, position)),
    write: (bytes) => reporting(path, () => file.write(bytes)),
    truncate: (sizeBytes) => reporting(path, () => file.truncate(sizeBytes)),
    sync: () => reporting(path, () => file.sync()),
    syncData: () => reportingLater(path, file.syncData()),
    syncLargeData: () => reportingLater(path, file.syncLargeData()),
    close: () => reporting(path, () => file.close()),
  };
}

function reporting<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw asStorageFailure(path, error);
  }
}

const reportingLater = (path: string, action: Promise<void>): Promise<void> =>
  action.catch((error: unknown) => {
    throw asStorageFailure(path, error);
  });

/** What to throw for `error`: a `StorageFailure` when the disk refuses, else the error itself. */
export function asStorageFailure(path: string, error: unknown): unknown {
  const code = errorCode(error);
  const refusal = code === undefined ? undefined : REFUSALS[code];
  if (refusal === undefined) return error;
  return new StorageFailure(`Cannot use ${path}: ${refusal.what} (${code}).`, {
    wayOut: `${refusal.advice}, then start the same command again; the run goes on where it was.`,
    cause: error,
  });
}
