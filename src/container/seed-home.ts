import { readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { BACKENDS } from "../backends/table.ts";
import { asStorageFailure } from "../store/storage-failure.ts";
import { copyIntoPlace } from "./copy-into-place.ts";
import { lentSettings, matches } from "./lent-files.ts";
import { type Seeding, seedLogins } from "./seed-logins.ts";

/**
 * Makes HOME ready for the three CLIs from what the host lends, and removes the copies of that.
 * @throws StorageFailure when the volume for logins refuses.
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

/** Settings are no secrets and are edited on the host: they follow it at each start. */
function refreshSettings({ environment, lent }: Seeding): void {
  for (const pattern of lentSettings(environment))
    for (const file of matches(pattern, lent)) copyIntoPlace(file.lent, file.target);
}

/** A first start asks for a theme or for consent, and nobody is there to answer. */
function answerFirstStarts({ environment }: Seeding): void {
  for (const backend of Object.values(BACKENDS)) {
    const answers = backend.firstStartAnswers?.(environment);
    if (answers === undefined || statSync(answers.path, { throwIfNoEntry: false })?.size) continue;
    writeFileSync(answers.path, answers.content);
  }
}

/** Files that the command line names, which the run reads in its own time. */
const KEPT = "files";

function forgetLent({ lent }: Seeding): void {
  const names = statSync(lent, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(lent);
  for (const name of names) if (name !== KEPT) rmSync(path.join(lent, name), { recursive: true });
}
