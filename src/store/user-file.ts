import { type FileHandle, open } from "node:fs/promises";

const BYTES_PER_MIB = 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;

/** The text of a file, or a predicate for messages that says what is wrong with it, with the system's error if any. */
export type UserFile = { readonly text: string } | { readonly problem: string; readonly cause?: Error };

/**
 * Reads a file that a person named on the command line. Accepts pipes, such as those of `<(command)`; they do not report
 * their size, so the bytes are counted. Refuses devices: they have no end, or wait for keyboard input.
 */
export const readUserFile = (path: string, maxBytes: number): Promise<UserFile> =>
  readWith(path, (file) => readAtMost(file, maxBytes));

/** The same for the end of such a file, whatever its size. The text may begin in the middle of a character. */
export const readEndOfUserFile = (path: string, maxBytes: number): Promise<UserFile> =>
  readWith(path, (file) => readLast(file, maxBytes));

async function readWith(path: string, read: (file: FileHandle) => Promise<UserFile>): Promise<UserFile> {
  try {
    const file = await open(path, "r");
    try {
      const stat = await file.stat();
      if (stat.isDirectory()) return { problem: "is a directory" };
      if (stat.isCharacterDevice() || stat.isBlockDevice()) return { problem: "is a device" };
      return await read(file);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { problem: "cannot be read", cause: error };
  }
}

async function readAtMost(file: FileHandle, maxBytes: number): Promise<UserFile> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of chunksOf(file)) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) return { problem: `is larger than ${maxBytes / BYTES_PER_MIB} MiB` };
    chunks.push(chunk);
  }
  return { text: Buffer.concat(chunks).toString("utf8") };
}

async function readLast(file: FileHandle, maxBytes: number): Promise<UserFile> {
  let last = Buffer.alloc(0);
  for await (const chunk of chunksOf(file)) last = Buffer.concat([last, chunk]).subarray(-maxBytes);
  return { text: last.toString("utf8") };
}

/** A pipe may give a few bytes at a time. */
async function* chunksOf(file: FileHandle): AsyncGenerator<Buffer> {
  const into = Buffer.allocUnsafe(CHUNK_BYTES);
  for (;;) {
    const { bytesRead } = await file.read(into, 0, CHUNK_BYTES, null);
    if (bytesRead === 0) return;
    yield Buffer.from(into.subarray(0, bytesRead));
  }
}
