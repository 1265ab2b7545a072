import { createHash } from "node:crypto";
import { dirname } from "node:path";
import type { Json } from "../core/json.ts";
import { writeFileAtomic } from "./atomic-file.ts";
import type { FileSystem } from "./file-system.ts";
import { readBytes, syncDirectory, systemFiles } from "./files.ts";
import { runLayout } from "./layout.ts";

/** A value with more UTF-8 bytes of JSON than this is stored once in `blobs/`; the journal refers to it. */
export const LARGEST_INLINE_BYTES = 64 * 1024;

/** The large values of one run, each under the SHA-256 of its JSON text. */
export interface BlobStore {
  /** Stores a JSON text durably and returns its SHA-256. A text that is already stored costs nothing. */
  put(jsonText: string): string;
  /** Reads a value. Throws `DamagedBlob` when it is missing or does not match its hash. */
  get(sha256: string): Json;
}

/** A value that the journal refers to is missing or changed. */
export class DamagedBlob extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DamagedBlob";
  }
}

export function openBlobs(runDir: string, files: FileSystem = systemFiles): BlobStore {
  const layout = runLayout(runDir);
  const durable = new Set<string>();
  return {
    put(jsonText) {
      const hash = sha256(jsonText);
      if (durable.has(hash)) return hash;
      storeOnce(files, layout.blob(hash), jsonText);
      durable.add(hash);
      return hash;
    },
    get: (hash) => readBlob(files, layout.blob(hash), hash),
  };
}

/** An existing blob is complete, because it was renamed into place after its write. Its name may not be durable yet. */
function storeOnce(files: FileSystem, path: string, jsonText: string): void {
  if (files.exists(path)) return syncDirectory(files, dirname(path));
  if (!files.exists(dirname(path))) {
    files.makeDirectory(dirname(path));
    syncDirectory(files, dirname(dirname(path)));
  }
  writeFileAtomic({ path, content: jsonText, durable: true, files });
}

function readBlob(files: FileSystem, path: string, expected: string): Json {
  const bytes = readBytes(files, path);
  if (bytes === undefined) throw new DamagedBlob(`a value that it refers to is missing (${path})`);
  if (sha256(bytes) !== expected) throw new DamagedBlob(`a value that it refers to was changed (${path})`);
  const value: Json = JSON.parse(Buffer.from(bytes).toString("utf8")); // the hash matches, so JSON.stringify wrote this
  return value;
}

const sha256 = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex");
