import { UsageError } from "../core/failure.ts";
import type { FileKind, FileSystem } from "./file-system.ts";
import { runLayout } from "./layout.ts";

interface Place {
  readonly path: string;
  readonly belongs: "file" | "directory";
}

/**
 * Looks whether what stands in a run directory under Longhaul's names is of the kind that it writes; links are taken
 * for what they stand for. Links to newest visits are not looked at: what stands there instead is left alone.
 * @throws UsageError that names what is in the way.
 */
export function checkRunDirectory(runDir: string, files: FileSystem): void {
  const { journal, checkpoint, runJson, contextJson, log, steps, blobs, requests } = runLayout(runDir);
  for (const path of [journal, checkpoint, runJson, contextJson, log])
    checkPlace({ path, belongs: "file" }, files);
  for (const path of [runDir, steps, blobs, requests]) checkDirectory(path, files);
}

/** The same for one directory of it. */
export const checkDirectory = (path: string, files: FileSystem): void =>
  checkPlace({ path, belongs: "directory" }, files);

function checkPlace({ path, belongs }: Place, files: FileSystem): void {
  const kind = files.kind(path);
  if (kind === belongs || kind === "missing") return;
  // A link to nothing is replaced where files are renamed into place; no directory can be made there.
  if (kind === "symlink" && (belongs === "file" || files.exists(path))) return;
  throw new UsageError(`${NAMES[kind]} stands where this run has its ${belongs} ${path}.`, {
    details: [
      "Nothing was changed.",
      "Move it away, then start the same command again; the run goes on where it was.",
    ],
  });
}

const NAMES: Readonly<Record<Exclude<FileKind, "missing">, string>> = {
  file: "A file",
  directory: "A directory",
  symlink: "A link that leads nowhere",
  other: "Something that is neither file nor directory",
};
