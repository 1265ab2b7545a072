import { UsageError } from "../core/failure.ts";
import type { FileKind, FileSystem } from "./file-system.ts";
import { runLayout } from "./layout.ts";

interface Place {
  readonly path: string;
  readonly belongs: "file" | "directory";
}

/**
 * Checks that whatever bears one of Longhaul's names in a run directory is of the kind that Longhaul writes. Links are
 * followed. Links to newest visits are not checked: the run leaves anything else of that name alone.
 * @throws UsageError that names what is in the way.
 */
export function checkRunDirectory(runDir: string, files: FileSystem): void {
  const { journal, checkpoint, runJson, contextJson, log, steps, blobs, requests } = runLayout(runDir);
  for (const path of [journal, checkpoint, runJson, contextJson, log])
    checkPlace({ path, belongs: "file" }, files);
  for (const path of [runDir, steps, blobs, requests]) checkDirectory(path, files);
}

/** The same check for one directory of a run. */
export const checkDirectory = (path: string, files: FileSystem): void =>
  checkPlace({ path, belongs: "directory" }, files);

function checkPlace({ path, belongs }: Place, files: FileSystem): void {
  const kind = files.kind(path);
  if (kind === belongs || kind === "missing") return;
  // A dangling link is harmless in place of a file, because a rename replaces it. A directory cannot be made there.
  if (kind === "symlink" && (belongs === "file" || files.exists(path))) return;
  throw new UsageError(`${NAMES[kind]} is in place of this run's ${belongs} ${path}.`, {
    details: [
      "Nothing was changed.",
      "Move it away, then start the same command again; the run goes on where it was.",
    ],
  });
}

const NAMES: Readonly<Record<Exclude<FileKind, "missing">, string>> = {
  file: "A file",
  directory: "A directory",
  symlink: "A dangling link",
  other: "Something that is neither file nor directory",
};
