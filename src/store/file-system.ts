/**
 * Every file operation of the store goes through this port, so that a fault test can make the n-th one fail. Most
 * operations are synchronous: they take less time than handing them to a thread, and they run in the order of the code.
 * Errors are those of node:fs.
 */
export interface FileSystem {
  open(path: string, mode: OpenMode): OpenFile;
  rename(from: string, to: string): void;
  /** Creates the directory and its missing parents. Leaves an existing one alone. */
  makeDirectory(path: string): void;
  /** Removes a file or a whole directory. A missing one is no error. */
  remove(path: string): void;
  symlink(target: string, path: string): void;
  list(directory: string): readonly string[];
  /** The kind of the path itself; does not follow links. */
  kind(path: string): FileKind;
  exists(path: string): boolean;
}

/** `append` creates the file when it is missing, `create` refuses one that exists, `replace` empties it. */
export type OpenMode = "read" | "append" | "create" | "replace" | "change";
/** `other`: a pipe, a socket or a device. */
export type FileKind = "file" | "directory" | "symlink" | "other" | "missing";

export interface OpenFile {
  readonly path: string;
  stat(): { readonly sizeBytes: number; readonly links: number };
  /** Returns the number of bytes read; 0 at the end. */
  read(into: Uint8Array, position: number): number;
  /** Returns the number of bytes written; fewer than given when the disk fills up. */
  write(bytes: Uint8Array): number;
  truncate(sizeBytes: number): void;
  /** fsync; works on a directory too. */
  sync(): void;
  /** fdatasync of a small append. Now and then it lets timers and signals run before it resolves. */
  syncData(): Promise<void>;
  /** fdatasync on a thread, for large files: timers and signals run meanwhile. */
  syncLargeData(): Promise<void>;
  close(): void;
}
