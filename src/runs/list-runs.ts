import { accessSync, constants, readdirSync } from "node:fs";
import path from "node:path";
import { UsageError } from "../core/failure.ts";
import { errorCode } from "../store/storage-failure.ts";
import { readIdentity } from "./run-identity.ts";
import { hasJournal } from "./stored-run.ts";

/** The run directories in a runs root, without archived ones. */
export const listRuns = (root: string): readonly string[] =>
  listDirectories(root)
    .filter(hasJournal)
    .filter((runDir) => !isArchive(runDir));

/** Directories that are named like runs but that this user may not read. */
export const listClosedRuns = (root: string): readonly string[] =>
  listDirectories(root).filter((directory) => path.basename(directory).includes("-") && isClosed(directory));

function isClosed(directory: string): boolean {
  try {
    accessSync(directory, constants.R_OK | constants.X_OK);
    return false;
  } catch (error) {
    return errorCode(error) === "EACCES";
  }
}

function listDirectories(root: string): readonly string[] {
  try {
    const entries = readdirSync(root, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => path.join(root, name));
  } catch (error) {
    throw new UsageError(`The runs directory ${root} cannot be read.`, {
      details: [String(error)],
      cause: error,
    });
  }
}

/** Names such as `….1` are archives made by `--fresh`, unless the run id itself ends like that. */
function isArchive(runDir: string): boolean {
  const directory = path.basename(runDir);
  if (!/\.\d+$/.test(directory)) return false;
  try {
    const { name, runId } = readIdentity(runDir);
    return `${name}-${runId}` !== directory;
  } catch {
    return true; // unreadable: its name is the only evidence
  }
}
