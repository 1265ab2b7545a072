/**
 * Every file operation of the store goes through this port, so that a fault test can make the n-th
 * one fail. All but one are synchronous: they are shorter than handing them to a thread is, and
 * their order is the order of the code. Errors are those of node:fs.
 */
export interface FileSystem {
  open(path: string, mode: OpenMode): OpenFile;
  rename(from: string, to: string): void;
  /** Creates the directory and those above it; one that exists is left alone. */
  makeDirectory(path: string): void;
  /** Removes a file or a whole directory; nothing there is fine. */
  remove(path: string): void;
  symlink(target: string, path: string): void;
  list(directory: string): readonly string[];
  /** What is at the path itself; links are not followed. */
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
  /** Bytes read; 0 at the end. */
  read(into: Uint8Array, position: number): number;
  /** Bytes written; fewer than given when the disk fills up. */
  write(bytes: Uint8Array): number;
  truncate(sizeBytes: number): void;
  /** fsync; of a directory too. */
  sync(): void;
  /** fdatasync of a small append; now and then timers and signals get their turn before it resolves. */
  syncData(): Promise<void>;
  /** fdatasync on a thread, for files so large that timers and signals must be served meanwhile. */
  syncLargeData(): Promise<void>;
  close(): void;
}
