import { UsageError } from "../core/failure.ts";
import type { FileSystem } from "./file-system.ts";

/** Returns the path, or the path with the first free number appended. @throws UsageError after a thousand. */
export function freePath(files: FileSystem, path: string): string {
  for (let number = 0; number < 1000; number += 1) {
    const candidate = number === 0 ? path : `${path}.${number}`;
    if (files.kind(candidate) === "missing") return candidate;
  }
  throw new UsageError(`There are too many files ${path}.*; move them away first.`);
}
