import { open } from "node:fs/promises";

const BYTES_PER_MIB = 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;

/** What is in the file, or what is wrong with it: a predicate to put behind its name, and the system's error if it was one. */
export type UserFile = { readonly text: string } | { readonly problem: string; readonly cause?: Error };

/**
 * Reads a file that a person named on the command line. Pipes are welcome, such as those of `<(command)`; they do not
 * tell their size, so it is counted. Devices are refused: they have no end, or wait for somebody to type.
 */
export async function readUserFile(path: string, maxBytes: number): Promise<UserFile> {
  try {
    return await readAtMost(path, maxBytes);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { problem: "cannot be read", cause: error };
  }
}

async function readAtMost(path: string, maxBytes: number): Promise<UserFile> {
  const file = await open(path, "r");
  try {
    const stat = await file.stat();
    if (stat.isCharacterDevice() || stat.isBlockDevice()) return { problem: "is a device" };
    const chunks: Buffer[] = [];
    const into = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let sizeBytes = 0; sizeBytes <= maxBytes;) {
      const { bytesRead } = await file.read(into, 0, CHUNK_BYTES, null);
      if (bytesRead === 0) return { text: Buffer.concat(chunks).toString("utf8") };
      chunks.push(Buffer.from(into.subarray(0, bytesRead))); // a pipe may give a few bytes at a time
      sizeBytes += bytesRead;
    }
    return { problem: `is larger than ${maxBytes / BYTES_PER_MIB} MiB` };
  } finally {
    await file.close();
  }
}
