import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { FileSystem, OpenFile } from "../../src/store/file-system.ts";
import { nodeFileSystem } from "../../src/store/files.ts";
import { reportStorageFailures } from "../../src/store/storage-failure.ts";

interface StoredFile {
  readonly kind: "file";
  synced: Uint8Array;
}

interface StoredDirectory {
  readonly kind: "directory";
  readonly entries: Map<string, StoredEntry>;
  synced: ReadonlyMap<string, StoredEntry>;
}

type StoredEntry = StoredFile | StoredDirectory;

export type KeptNames = "synced names" | "all names";

/** The real file system, which also records what a power cut would leave of it. */
export interface SyncedFiles {
  readonly files: FileSystem;
  /**
   * Writes what a power cut leaves below the root into another directory: each file with its content at its last sync, under
   * the names at its directory's last sync, or under all names, as on file systems that write names before content. Leaves
   * out links.
   */
  copySynced(target: string, names: KeptNames): void;
}

/** `root` exists and is durable; files below it are changed only through `files`. */
export function syncedFiles(root: string): SyncedFiles {
  const top = emptyDirectory();
  const entryAt = (path: string): StoredEntry | undefined => {
    if (path === root) return top;
    const parent = path === dirname(path) ? undefined : entryAt(dirname(path));
    return parent?.kind === "directory" ? parent.entries.get(basename(path)) : undefined;
  };
  const put = (path: string, entry: StoredEntry) => {
    const parent = entryAt(dirname(path));
    if (parent?.kind === "directory") parent.entries.set(basename(path), entry);
  };
  const take = (path: string): StoredEntry | undefined => {
    const parent = entryAt(dirname(path));
    const entry = entryAt(path);
    if (parent?.kind === "directory") parent.entries.delete(basename(path));
    return entry;
  };
  const makeDirectory = (path: string) => {
    if (!path.startsWith(root) || entryAt(path) !== undefined) return;
    makeDirectory(dirname(path));
    put(path, emptyDirectory());
  };
  const base = nodeFileSystem;
  const files = reportStorageFailures({
    ...base,
    open: (path, mode) => {
      const file = base.open(path, mode);
      if (mode !== "read" && entryAt(path) === undefined) put(path, emptyFile());
      return noting(file, entryAt(path));
    },
    rename: (from, to) => {
      base.rename(from, to);
      const entry = take(from);
      if (entry !== undefined) put(to, entry);
    },
    makeDirectory: (path) => {
      base.makeDirectory(path);
      makeDirectory(path);
    },
    remove: (path) => {
      base.remove(path);
      take(path);
    },
  });
  return { files, copySynced: (target, names) => copySynced(top, target, names) };
}

const emptyFile = (): StoredFile => ({ kind: "file", synced: Buffer.alloc(0) });
const emptyDirectory = (): StoredDirectory => ({ kind: "directory", entries: new Map(), synced: new Map() });

/** Records the content at each sync. */
function noting(file: OpenFile, entry: StoredEntry | undefined): OpenFile {
  const note = () => {
    if (entry?.kind === "file") entry.synced = readFileSync(file.path);
    if (entry?.kind === "directory") entry.synced = new Map(entry.entries);
  };
  const sync = () => {
    file.sync();
    note();
  };
  const syncData = async () => {
    await file.syncData();
    note();
  };
  const syncLargeData = async () => {
    await file.syncLargeData();
    note();
  };
  return { ...file, sync, syncData, syncLargeData };
}

function copySynced(directory: StoredDirectory, target: string, names: KeptNames): void {
  for (const [name, entry] of names === "all names" ? directory.entries : directory.synced) {
    const path = join(target, name);
    if (entry.kind === "file") writeFileSync(path, entry.synced);
    else {
      mkdirSync(path);
      copySynced(entry, path, names);
    }
  }
}
