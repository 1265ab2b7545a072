import { readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { BACKENDS } from "../backends/table.ts";
import { asStorageFailure } from "../store/storage-failure.ts";
import { copyIntoPlace } from "./copy-into-place.ts";
import { lentSettings, matches } from "./lent-files.ts";
import { type Seeding, seedLogins } from "./seed-logins.ts";

/**
 * Prepares HOME for the three CLIs from the lent files of the host, then removes the lent copies.
 * @throws StorageFailure when the volume for logins refuses a write.
 */
export function seedHome(seeding: Seeding): void {
  try {
    seedLogins(seeding);
    refreshSettings(seeding);
    answerFirstStarts(seeding);
    forgetLent(seeding);
  } catch (error) {
    throw asStorageFailure(seeding.environment["HOME"] ?? "/", error);
  }
}

/** Settings are edited on the host and are not secret, so each start copies them. */
function refreshSettings({ environment, lent }: Seeding): void {
  for (const pattern of lentSettings(environment))
    for (const file of matches(pattern, lent)) copyIntoPlace(file.lent, file.target);
}

/** The first start of a CLI asks for a theme or for consent, and in a container nobody can answer. */
function answerFirstStarts({ environment }: Seeding): void {
  for (const backend of Object.values(BACKENDS)) {
    const answers = backend.firstStartAnswers?.(environment);
    if (answers === undefined || statSync(answers.path, { throwIfNoEntry: false })?.size) continue;
    writeFileSync(answers.path, answers.content);
  }
}

/** Folder of the files that the command line names: the run reads them later. */
const KEPT = "files";

function forgetLent({ lent }: Seeding): void {
  const names = statSync(lent, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(lent);
  for (const name of names) if (name !== KEPT) rmSync(path.join(lent, name), { recursive: true });
}
