import { dirname } from "node:path";
import { z } from "zod";
import { UsageError } from "../core/failure.ts";
import { writeFileAtomic } from "./atomic-file.ts";
import type { FileSystem } from "./file-system.ts";
import { readText, syncDirectory, systemFiles } from "./files.ts";
import { runLayout } from "./layout.ts";
import { recordStart } from "./start-ids.ts";

export interface ArchiveRun {
  readonly runDir: string;
  /** Moved with the run; null when it is not Longhaul's own. */
  readonly workspace: string | null;
  /** `LONGHAUL_START_ID`; without one it is null, and each call archives. */
  readonly startId: string | null;
  readonly files?: FileSystem;
}

export type Archived =
  | { readonly kind: "archived"; readonly moves: readonly Move[] }
  /** This start has already archived the run, so this is a plain resume. */
  | { readonly kind: "seen" };

export interface Move {
  readonly from: string;
  readonly to: string;
}

const intentSchema = z.object({
  start_id: z.string().nullable(),
  moves: z.array(z.object({ from: z.string(), to: z.string() })),
});
type Intent = z.infer<typeof intentSchema>;

/**
 * `--fresh`: moves run directory and workspace to `<path>.1`, `.2`, …, once per start id. The intent is on disk before
 * the start id, and the start id before the first rename. So after a kill at any point, the same start (or
 * `finishArchive`) completes the archive. Only for the holder of the run.
 */
export async function archiveRun({
  runDir,
  workspace,
  startId,
  files = systemFiles,
}: ArchiveRun): Promise<Archived> {
  await finishArchive({ runDir, startId, files });
  const moves = archiveMoves(files, workspace === null ? [runDir] : [runDir, workspace]);
  writeIntent(files, runDir, { start_id: startId, moves: [...moves] });
  if (startId !== null && (await recordStart(dirname(runDir), startId, files)) === "seen") {
    dropIntent(files, runDir);
    return { kind: "seen" };
  }
  complete({ files, runDir, moves });
  return { kind: "archived", moves };
}

/**
 * Runs first at every start. Completes an archive that a kill interrupted or that this same start intended. Drops the
 * intent of another start that had not moved anything yet.
 */
export async function finishArchive({
  runDir,
  startId,
  files = systemFiles,
}: Omit<ArchiveRun, "workspace">): Promise<void> {
  const intent = readIntent(files, runDir);
  if (intent === undefined) return;
  const isOurs = startId !== null && intent.start_id === startId;
  if (isOurs) await recordStart(dirname(runDir), startId, files);
  const hasBegun = intent.moves.some(({ to }) => files.exists(to));
  if (isOurs || hasBegun) complete({ files, runDir, moves: intent.moves });
  else dropIntent(files, runDir);
}

/** @throws UsageError when the intent of a `--fresh` cannot be read, so that a start is refused early. */
export const checkArchive = (runDir: string, files: FileSystem = systemFiles): void =>
  void readIntent(files, runDir);

/** Whether files of a run exist that can be archived, even when its journal is lost. */
export function holdsRun(runDir: string, files: FileSystem = systemFiles): boolean {
  const { journal, checkpoint, runJson } = runLayout(runDir);
  return [journal, checkpoint, runJson].some((path) => files.exists(path));
}

/** All get the same number, so a reader sees what belongs together. */
function archiveMoves(files: FileSystem, paths: readonly string[]): readonly Move[] {
  let number = 1;
  while (paths.some((path) => files.kind(`${path}.${number}`) !== "missing")) number += 1;
  return paths.map((from) => ({ from, to: `${from}.${number}` }));
}

interface Complete {
  readonly files: FileSystem;
  readonly runDir: string;
  readonly moves: readonly Move[];
}

function complete({ files, runDir, moves }: Complete): void {
  for (const { from, to } of moves) {
    if (files.kind(from) === "missing" || files.kind(to) !== "missing") continue;
    files.rename(from, to);
    syncDirectory(files, dirname(from));
  }
  dropIntent(files, runDir);
}

function readIntent(files: FileSystem, runDir: string): Intent | undefined {
  const path = runLayout(runDir).archiving;
  const text = readText(files, path);
  if (text === undefined) return undefined;
  try {
    return intentSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new UsageError(`${path} is not what \`--fresh\` writes when it begins.`, {
      details: ["Nothing was changed. Remove that file, then start the same command again.", String(error)],
      cause: error,
    });
  }
}

function writeIntent(files: FileSystem, runDir: string, intent: Intent): void {
  const path = runLayout(runDir).archiving;
  files.makeDirectory(dirname(path));
  writeFileAtomic({ path, content: JSON.stringify(intent), durable: true, files });
}

function dropIntent(files: FileSystem, runDir: string): void {
  const path = runLayout(runDir).archiving;
  files.remove(path);
  syncDirectory(files, dirname(path));
}
