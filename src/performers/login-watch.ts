import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** Fingerprint of login files: differs when one was written anew, appeared or went away. */
export function loginFingerprint(files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file}\0`).update(contentOf(file)).update("\0");
  return hash.digest("hex");
}

function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.from("absent"); // no login of this kind
  }
}
