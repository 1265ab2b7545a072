import type { FileSystem, OpenFile } from "../../src/store/file-system.ts";
import { nodeFileSystem } from "../../src/store/files.ts";
import { reportStorageFailures } from "../../src/store/storage-failure.ts";

/** `short`: the write takes only half of the bytes; later writes succeed. */
export const FAULTS = ["ENOSPC", "EIO", "EROFS", "EMFILE", "short"] as const;
export type Fault = (typeof FAULTS)[number];

export interface FailingFiles {
  readonly files: FileSystem;
  /** Number of operations so far. */
  readonly count: () => number;
  /** A description of the operation that failed; undefined when none has. */
  readonly failed: () => string | undefined;
}

/** The real file system, but its n-th operation (from 1) fails. */
export function failingFiles(failAt: number, fault: Fault): FailingFiles {
  let operations = 0;
  let failed: string | undefined;
  const failing = (operation: string): boolean => {
    operations += 1;
    if (operations !== failAt) return false;
    failed = operation;
    return true;
  };
  const guard = <T>(operation: string, action: () => T): T => {
    if (failing(operation)) throw systemError(fault, operation);
    return action();
  };
  const write = (file: OpenFile, bytes: Uint8Array): number => {
    if (!failing(`write ${file.path}`)) return file.write(bytes);
    if (fault !== "short") throw systemError(fault, "write");
    return file.write(bytes.subarray(0, Math.floor(bytes.length / 2)));
  };
  const openFile = (file: OpenFile): OpenFile => ({
    path: file.path,
    stat: () => guard("stat", () => file.stat()),
    read: (into, position) => guard("read", () => file.read(into, position)),
    write: (bytes) => write(file, bytes),
    truncate: (sizeBytes) => guard("truncate", () => file.truncate(sizeBytes)),
    sync: () => guard(`sync ${file.path}`, () => file.sync()),
    syncData: async () => guard("syncData", () => file.syncData()),
    syncLargeData: async () => guard("syncLargeData", () => file.syncLargeData()),
    close: () => file.close(),
  });
  const base = nodeFileSystem;
  const files = reportStorageFailures({
    open: (path, mode) => openFile(guard(`open ${path}`, () => base.open(path, mode))),
    rename: (from, to) => guard(`rename ${to}`, () => base.rename(from, to)),
    makeDirectory: (path) => guard(`mkdir ${path}`, () => base.makeDirectory(path)),
    remove: (path) => guard(`remove ${path}`, () => base.remove(path)),
    symlink: (target, path) => guard(`symlink ${path}`, () => base.symlink(target, path)),
    list: (directory) => guard(`list ${directory}`, () => base.list(directory)),
    kind: (path) => base.kind(path),
    exists: (path) => base.exists(path),
  });
  return { files, count: () => operations, failed: () => failed };
}

function systemError(fault: Fault, operation: string): Error {
  const code = fault === "short" ? "ENOSPC" : fault;
  return Object.assign(new Error(`${code}: made to fail, ${operation}`), { code });
}
